"""Custody is offered: goods are locked for the receiver, and stay with the sender until the answer."""
