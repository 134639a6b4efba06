"""What is marked, how, and in which state from when; products and files of products.

The groups are data, described in `docs/catalogue.md`.
"""
