"""Offers are answered: custody passes for exactly what was accepted, the rest comes back."""
