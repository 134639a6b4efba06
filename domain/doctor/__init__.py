"""Proof that the registry is whole: every invariant, and spans rebuilt from the journal."""
