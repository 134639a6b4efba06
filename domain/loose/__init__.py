"""Loose units changed many at once, each alone: by arrays, where a scene would hold each of them."""
