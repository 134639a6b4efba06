"""Codes to modules, in the symbols that the marking rules and GS1 ask for; each is read back."""
