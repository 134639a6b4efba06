"""Cursors come back as they went, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.changes.cursors import LARGEST_EVENT, START, Cursor, InvalidCursor, read_cursor


@given(st.integers(0, (1 << 64) - 1), st.integers(0, LARGEST_EVENT))
def test_a_cursor_comes_back_as_it_was_written(transaction, event):
    cursor = Cursor(transaction, event)

    text = cursor.written()

    assert read_cursor(text) == cursor
    assert text.isascii()
    assert not set(text) & set("+/=&?# ")


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "nonsense",
        "ключ",
        START.written() + "A",
        START.written()[:-1],
        START.written() + "=",
        " " + START.written(),
        "!" * len(START.written()),
        Cursor(0, LARGEST_EVENT + 1).written(),
    ],
)
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(InvalidCursor):
        read_cursor(text)
