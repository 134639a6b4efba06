"""Goods that arrive under the codes of an operator that is not Tamga."""
