"""Blocks: what authorities ban, for how long, and on which law. Others judge by them."""
