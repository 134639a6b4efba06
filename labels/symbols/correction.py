"""Reed-Solomon check codewords of Data Matrix ECC 200 (ISO/IEC 16022, annex E)."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from domain.standards.byte_rows import ByteRows

FIELD = 0x12D  # x^8 + x^5 + x^3 + x^2 + 1, the polynomial that GF(256) is built on
ELEMENTS = 256


def check_codewords(data: ByteRows, count: int) -> ByteRows:
    """The `count` check codewords of each row, in the order they follow the data."""
    multiples = _multiples_of_generator(count)
    rest = np.zeros((len(data), count), np.uint8)
    for column in range(data.shape[1]):
        leading = data[:, column] ^ rest[:, 0]
        rest[:, :-1] = rest[:, 1:]
        rest[:, -1] = 0
        rest ^= multiples[leading]
    return rest


@cache
def _multiples_of_generator(count: int) -> NDArray[np.uint8]:
    """Each field element times (x - 2)(x - 4)...(x - 2^count), without the leading term."""
    generator = [1]
    for power in range(1, count + 1):
        root = _power_of_two(power)
        shifted = [*generator, 0]
        for place, coefficient in enumerate(generator):
            shifted[place + 1] ^= _times(coefficient, root)
        generator = shifted
    products = [
        [_times(element, coefficient) for coefficient in generator[1:]]
        for element in range(ELEMENTS)
    ]
    return np.array(products, np.uint8)


@cache
def _power_of_two(exponent: int) -> int:
    power = 1
    for _ in range(exponent):
        power = _doubled(power)
    return power


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left = _doubled(left)
        right >>= 1
    return product


def _doubled(element: int) -> int:
    return element << 1 ^ (FIELD if element & 0x80 else 0)
