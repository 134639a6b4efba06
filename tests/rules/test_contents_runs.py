"""Runs in COPY's binary form, read by the array; numbers named by the array as one by one."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contents import runs
from domain.contents.runs import portions, series_in
from domain.keys.keyring import Keyring
from domain.keys.vault import Vault
from domain.naming.forms import FormOfSeries, Naming

GTIN = "04810000000018"


def copied(rows: list[tuple[int, int, int]]) -> io.BytesIO:
    """What PostgreSQL would have written."""
    body = b"".join(
        struct.pack(">hiiiqiq", 3, 4, series, 8, first, 8, last) for series, first, last in rows
    )
    return io.BytesIO(b"PGCOPY\n\xff\r\n\0" + bytes(8) + body + b"\xff\xff")


@st.composite
def sorted_runs(draw):
    rows, at = [], 0
    for series in sorted(draw(st.lists(st.integers(1, 4), max_size=12))):
        at = at + draw(st.integers(0, 3)) if rows and rows[-1][0] == series else 0
        count = draw(st.integers(1, 9))
        rows.append((series, at, at + count - 1))
        at += count
    return rows


@given(sorted_runs(), st.integers(1, 20))
def test_every_number_comes_once_and_in_order_in_bounded_portions(rows, size):
    file = copied(rows)

    found = list(portions(file, size))

    numbers = [(one.series_id, number) for one in found for number in one.numbers.tolist()]
    assert numbers == [(series, n) for series, first, last in rows for n in range(first, last + 1)]
    assert all(len(one.numbers) < size + 9 for one in found)
    assert series_in(file) == {row[0] for row in rows}


def test_rows_beyond_one_read_of_the_file_are_read_too(monkeypatch):
    monkeypatch.setattr(runs, "ROWS_AT_ONCE", 4)
    rows = [(1, at * 2, at * 2) for at in range(8)]

    found = [number for one in portions(copied(rows), 3) for number in one.numbers.tolist()]

    assert found == [row[1] for row in rows]
    assert series_in(copied(rows)) == {1}


@pytest.fixture
def naming() -> Naming:
    forms = [FormOfSeries(1, GTIN, 6, "2", "SET_82"), FormOfSeries(2, GTIN, None, None, None)]
    return Naming(forms, Keyring(Vault(bytes(32)), bytes(range(32))))


def test_numbers_are_named_alike_by_the_array_and_one_by_one(naming):
    numbers = np.array([0, 7, 8, 100_000, 3], np.int64)

    lines = naming.lines(1, numbers).tobytes().decode()

    assert lines.split("\n")[:-1] == [naming.code((1, n), {}) for n in numbers.tolist()]
    assert naming.lines(1, numbers[:0]).tobytes() == b""


def test_registered_serials_are_looked_up(naming):
    assert naming.registered(2)
    assert naming.code((2, 5), {(2, 5): "2own"}) == f"01{GTIN}212own"
    with pytest.raises(ValueError, match="serial_length=None"):
        naming.lines(2, np.array([5], np.int64))


def test_numbers_outside_a_space_are_refused(naming):
    for number in (-1, 1 << 62):
        with pytest.raises(ValueError, match="do not lie within"):
            naming.lines(1, np.array([0, number], np.int64))
