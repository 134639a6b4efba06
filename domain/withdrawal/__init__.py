"""Goods that leave circulation by their holder's word, in whole or in part, and come back."""
