"""Goods that get a new code in place of one that was spoiled, lost or wrong."""
