import base64

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.standards import byte_rows


def tables(most_rows=4, most_width=40):
    """Some byte strings of one length."""
    return st.integers(0, most_width).flatmap(
        lambda width: st.lists(
            st.binary(min_size=width, max_size=width), min_size=1, max_size=most_rows
        )
    )


def rows_with(texts):
    """These strings as columns of wider rows, as they stand in marking codes."""
    rows = np.full((len(texts), len(texts[0]) + 3), 7, np.uint8)
    for row, text in zip(rows, texts, strict=True):
        row[2:-1] = np.frombuffer(text, np.uint8)
    return rows[:, 2:-1]


@given(tables())
def test_rows_are_copied_whole_and_nothing_beside_them(texts):
    target = np.zeros((len(texts), len(texts[0]) + 2), np.uint8)
    byte_rows.copy(rows_with(texts), target[:, 1:-1])
    assert [row.tobytes() for row in target] == [b"\0" + text + b"\0" for text in texts]


@given(tables(), st.data())
def test_rows_equal_to_a_text_are_found(texts, data):
    text = data.draw(st.sampled_from(texts))
    found = byte_rows.equal(rows_with(texts), text)
    assert found.tolist() == [one == text for one in texts]


@given(tables(), st.data())
def test_one_changed_byte_tells_rows_apart(texts, data):
    left, right = rows_with(texts), rows_with(texts)
    assert byte_rows.same(left, right).all()
    if texts[0]:
        row, column = (data.draw(st.integers(0, size - 1)) for size in left.shape)
        right[row, column] ^= data.draw(st.integers(1, 255))
        assert np.flatnonzero(~byte_rows.same(left, right)).tolist() == [row]
        assert not byte_rows.equal(right, texts[row])[row]


@given(tables())
def test_base64_is_that_of_each_row(texts):
    symbols = byte_rows.base64(rows_with(texts))
    assert [row.tobytes() for row in symbols] == [base64.b64encode(text) for text in texts]


@given(tables(most_rows=8, most_width=3))
def test_rows_are_grouped_by_value(texts):
    groups = list(byte_rows.by_value(rows_with(texts)))
    assert len({value for value, _ in groups}) == len(groups)
    found = sorted((int(place), value) for value, where in groups for place in where)
    assert found == list(enumerate(texts))


def test_no_rows_have_no_values():
    assert list(byte_rows.by_value(np.empty((0, 4), np.uint8))) == []


def test_a_text_is_repeated_and_cut_again():
    assert byte_rows.repeat(b"abc", 2).tobytes() == b"abcabc"
    assert byte_rows.rows_of(b"abcdef", 2).tolist() == [[97, 98], [99, 100], [101, 102]]
