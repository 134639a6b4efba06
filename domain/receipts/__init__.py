"""Fiscal receipts: facts, recorded once each for every code that is recognised."""
