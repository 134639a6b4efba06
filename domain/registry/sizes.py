"""How large stripes and blocks are. The database says the same (`stripe_bits`, `block_bits`).

Tests lower both, here and there, so that borders come often.
"""

STRIPE_BITS = 16
BLOCK_BITS = 24
