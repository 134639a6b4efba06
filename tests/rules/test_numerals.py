import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.alphabets import Alphabet
from domain.standards.numerals import numerals_of

SET_82 = Alphabet.SET_82.characters


def matrix(*texts):
    return np.array([list(text.encode("latin-1")) for text in texts], np.uint8)


@given(
    alphabet=st.sampled_from((SET_82, "0123456789", "01")),
    width=st.integers(1, 10),
    data=st.data(),
)
def test_numbers_are_written_and_read_alike_singly_and_by_the_array(alphabet, width, data):
    numerals = numerals_of(alphabet)
    highest = numerals.radix**width - 1
    values = [0, highest, *data.draw(st.lists(st.integers(0, highest), max_size=3))]

    texts = [numerals.write(value, width) for value in values]
    rows = np.empty((len(values), width), np.uint8)
    numerals.write_many(np.array(values, np.uint64), rows)

    assert [row.tobytes().decode() for row in rows] == texts
    assert [numerals.read(text) for text in texts] == values
    numbers, fits = numerals.read_many(rows)
    assert numbers.tolist() == values
    assert fits.all()


def test_the_most_significant_symbol_comes_first():
    numerals = numerals_of("0123456789")
    assert numerals.write(1234567, 8) == "01234567"
    assert numerals.read("01234567") == 1234567


@pytest.mark.parametrize("length", [3, 4])
def test_a_number_too_large_for_its_characters_is_refused(length):
    numerals = numerals_of("0123456789")
    assert numerals.write(10**length - 1, length) == "9" * length
    with pytest.raises(OverflowError):
        numerals.write(10**length, length)


@pytest.mark.parametrize("wrong", ["#", "\x1d", " ", "\xff", "\x00"])
@pytest.mark.parametrize("width", [5, 6])
def test_a_character_of_another_alphabet_is_seen_at_every_place(wrong, width):
    numerals = numerals_of(SET_82)
    for place in range(width):
        text = "z" * place + wrong + "z" * (width - place - 1)
        assert numerals.read(text) is None
        assert numerals.read_many(matrix(text, "z" * width))[1].tolist() == [False, True]
