"""What the machine finds is told in full, as a test's own assertions are."""

import pytest

RULES = (
    "machine",
    "registering",
    "packing",
    "trading",
    "banning",
    "leaving",
    "marking",
    "printing",
    "looking",
)
pytest.register_assert_rewrite(*(f"tests.model.{name}" for name in RULES))
