"""The registry's secrets: wrapped in the database, opened at the start, rotated, published in part."""
