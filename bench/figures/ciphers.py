"""The cipher behind serials."""

from dealcode import FF1

from bench.measured import Duel, Measured
from bench.rows import ALPHABET, GTIN, KEY, Clock
from bench.stage import Stage
from domain.registry.serials import SpaceCipher
from domain.standards.alphabets import Alphabet

ROUNDS = 5
LENGTH = 13
MANY, FEW = 1_000_000, 5_000
FIRST = 10**15


async def ff1(_stage: Stage) -> Measured:
    """Numbers to printed serials and back, against numerals to numerals alone.

    Both ways are measured, and the slower one counts.
    """
    cipher = SpaceCipher(
        KEY, gtin=GTIN, first_character=None, serial_length=LENGTH, alphabet=Alphabet.SET_82
    )
    serials = cipher.serials(FIRST, MANY)
    public = FF1(KEY, len(ALPHABET))
    tweak = int(GTIN).to_bytes(7, "big")
    numerals = [[(number + place) % 82 for place in range(LENGTH)] for number in range(FEW)]

    async def encrypt() -> float:
        clock = Clock()
        cipher.serials(FIRST, MANY)
        return MANY / clock.seconds

    async def decrypt() -> float:
        clock = Clock()
        cipher.numbers(serials)
        return MANY / clock.seconds

    async def public_encrypt() -> float:
        clock = Clock()
        for one in numerals:
            public.encrypt(tweak, one)
        return FEW / clock.seconds

    async def public_decrypt() -> float:
        clock = Clock()
        for one in numerals:
            public.decrypt(tweak, one)
        return FEW / clock.seconds

    there = await Duel().fight(ROUNDS, peer=public_encrypt, ours=encrypt)
    back = await Duel().fight(ROUNDS, peer=public_decrypt, ours=decrypt)
    absolutes = there.absolutes("serials_a_second") | back.absolutes("numbers_a_second")
    return Measured(min(there.share, back.share), absolutes)
