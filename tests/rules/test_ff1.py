import json
from pathlib import Path

import dealcode
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.ff1 import CHUNK, DomainNotFitting, Ff1, NumeralOutOfRange

NIST = json.loads((Path(__file__).parent.parent / "vectors" / "ff1_nist.json").read_text())
KEY = bytes(range(32))


def domains():
    """Radix and length of every domain that is offered."""
    return st.tuples(st.integers(10, 84), st.integers(2, 20)).filter(
        lambda domain: domain[0] ** domain[1] >= 1_000_000
    )


def numerals(number, radix, length):
    return [number // radix**at % radix for at in reversed(range(length))]


def halves(*numbers, cipher):
    pairs = [divmod(number, cipher.moduli[1]) for number in numbers]
    left, right = zip(*pairs, strict=True)
    return np.array(left, np.uint64), np.array(right, np.uint64)


def joined(left, right, cipher):
    return [
        int(one) * cipher.moduli[1] + int(other) for one, other in zip(left, right, strict=True)
    ]


@pytest.mark.parametrize("sample", NIST["samples"], ids=lambda sample: sample["cipher"])
def test_nist_samples_come_out_singly_and_by_the_array(sample):
    plain, cipher = (
        [NIST["alphabet"].index(one) for one in sample[name]] for name in ("plain", "cipher")
    )
    ff1 = Ff1(
        bytes.fromhex(sample["key"]),
        radix=sample["radix"],
        length=len(plain),
        tweak=bytes.fromhex(sample["tweak"]),
    )

    assert ff1.encrypt(plain) == cipher
    assert ff1.decrypt(cipher) == plain

    number = int(sample["plain"], sample["radix"])
    left, right = halves(number, number, cipher=ff1)
    ff1.encrypt_halves(left, right)
    assert joined(left, right, ff1) == [int(sample["cipher"], sample["radix"])] * 2
    ff1.decrypt_halves(left, right)
    assert joined(left, right, ff1) == [number] * 2


@given(domain=domains(), tweak=st.binary(max_size=20), data=st.data())
def test_scalar_array_and_another_implementation_agree(domain, tweak, data):
    radix, length = domain
    inner = data.draw(st.lists(st.integers(0, radix**length - 1), max_size=4))
    numbers = [0, 1, radix**length - 1, *inner]
    ff1 = Ff1(KEY, radix=radix, length=length, tweak=tweak)
    oracle = dealcode.FF1(KEY, radix)

    ciphered = [ff1.encrypt_number(number) for number in numbers]
    left, right = halves(*numbers, cipher=ff1)
    ff1.encrypt_halves(left, right)

    assert joined(left, right, ff1) == ciphered
    for number, result in zip(numbers, ciphered, strict=True):
        plain, expected = numerals(number, radix, length), numerals(result, radix, length)
        assert oracle.encrypt(tweak, plain) == expected
        assert ff1.encrypt(plain) == expected

    assert [ff1.decrypt_number(number) for number in ciphered] == numbers
    ff1.decrypt_halves(left, right)
    assert joined(left, right, ff1) == numbers


@pytest.mark.parametrize(("radix", "length"), [(82, 5), (82, 11), (82, 12), (82, 20), (84, 20)])
def test_chunks_of_every_size_are_deciphered_to_what_they_were(radix, length):
    ff1 = Ff1(KEY, radix=radix, length=length, tweak=b"tweak")
    for count in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1):
        numbers = np.arange(count, dtype=np.uint64)
        left = numbers * np.uint64(0x9E3779B97F4A7C15) % np.uint64(ff1.moduli[0])
        right = ~numbers * np.uint64(0x9E3779B97F4A7C15) % np.uint64(ff1.moduli[1])
        ciphered = left.copy(), right.copy()
        ff1.encrypt_halves(*ciphered)
        assert (ciphered[0] < ff1.moduli[0]).all()
        assert (ciphered[1] < ff1.moduli[1]).all()
        ff1.decrypt_halves(*ciphered)
        assert (ciphered[0] == left).all()
        assert (ciphered[1] == right).all()


def test_a_whole_domain_is_permuted():
    ff1 = Ff1(KEY, radix=10, length=6, tweak=b"")
    left, right = np.divmod(np.arange(10**6, dtype=np.uint64), np.uint64(1000))
    ff1.encrypt_halves(left, right)
    assert (np.bincount((left * np.uint64(1000) + right).astype(np.int64)) == 1).all()


@pytest.mark.parametrize(
    ("radix", "length"), [(10, 5), (82, 3), (1000, 1), (10**6, 1), (82, 21), (256, 16), (84, 22)]
)
def test_a_domain_too_small_or_too_large_is_not_offered(radix, length):
    with pytest.raises(DomainNotFitting):
        Ff1(KEY, radix=radix, length=length, tweak=b"")


@pytest.mark.parametrize("string", [[0] * 9, [0] * 11, [0] * 9 + [10], [-1] + [0] * 9])
def test_what_is_not_a_numeral_string_of_the_domain_is_refused(string):
    ff1 = Ff1(KEY, radix=10, length=10, tweak=b"")
    with pytest.raises(NumeralOutOfRange):
        ff1.encrypt(string)
    with pytest.raises(NumeralOutOfRange):
        ff1.decrypt(string)
