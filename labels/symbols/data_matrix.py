"""Data Matrix of marking codes: GS1 form, but plain for the packs of T29, which have no AIs."""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from domain.catalogue.templates import Family
from domain.standards import gs1_keys
from domain.standards.alphabets import Alphabet
from domain.standards.byte_rows import rows_of
from domain.standards.cigarette_pack import PRICE_ALPHABET
from labels.refusals import ContentNotFitting
from labels.symbols import codewords, contents, planner, tables
from labels.symbols.modules import CAPACITIES, SIZES, Size, rank
from labels.symbols.symbol import Symbol, Symbology

TOGETHER = 1024  # codes; what is made of them at once stays in a core's cache
ALONE = 16  # up to so many of one length, each by itself is quicker

ANY = f"[{re.escape(Alphabet.SET_82.characters)}]"
GTIN = "([0-9]{14})"
START = f"01{GTIN}21{ANY}{{1,20}}(?:\x1d240{ANY}{{1,30}})?(?:\x1d8005[0-9]{{6}})?"
MEASURE = r"(?:\x1d(?:310|335)[0-5][0-9]{6})?"
SECRETS = {Family.S: {"93": 4}, Family.L44: {"91": 4, "92": 44}, Family.L88: {"91": 4, "92": 88}}
USUAL = {
    family: re.compile(
        START + "".join(f"\x1d{ai}{ANY}{{{length}}}" for ai, length in secrets.items()) + MEASURE
    )
    for family, secrets in SECRETS.items()
} | {Family.T29: re.compile(f"{GTIN}{ANY}{{7}}[{re.escape(PRICE_ALPHABET)}]{{4}}{ANY}{{4}}")}
IDENTIFIERS = dict.fromkeys(SECRETS, "]d2") | {Family.T29: "]d1"}


def one(marking_code: str, family: Family) -> Symbol:
    """The smallest square symbol of this code.

    Refuses with `ContentNotFitting` what is no code of the family. What is one always fits: all
    known identifiers at their longest take less than the largest symbol.
    """
    _check(marking_code, family)
    return _one(marking_code, family)


def many(marking_codes: Sequence[str], family: Family) -> list[Symbol]:
    """What `one` gives for each of these codes, in their order, some ten times as quick.

    Refuses all with `ContentNotFitting` if one of them is no code of the family.
    """
    places = defaultdict(list)
    for place, code in enumerate(marking_codes):
        _check(code, family)
        places[len(code)].append(place)
    made: dict[int, Symbol] = {}
    for alike in places.values():
        for first in range(0, len(alike), TOGETHER):
            portion = alike[first : first + TOGETHER]
            codes = [marking_codes[place] for place in portion]
            make = _together if len(codes) > ALONE else _singly
            made.update(zip(portion, make(codes, family), strict=True))
    return [made[place] for place in range(len(marking_codes))]


def _one(code: str, family: Family) -> Symbol:
    text, gs1 = code.encode("ascii"), family is not Family.T29
    found = codewords.of_text(text, gs1=gs1)
    found = planner.smaller(text, len(found), gs1=gs1) or found
    size = SIZES[rank(len(found))]
    return _symbol(code, family, size, tables.symbol(size, found))


def _singly(codes: Sequence[str], family: Family) -> list[Symbol]:
    return [_one(code, family) for code in codes]


def _together(codes: Sequence[str], family: Family) -> list[Symbol]:
    """Symbols of codes of one length."""
    texts, gs1 = rows_of("".join(codes).encode("ascii"), len(codes[0])), family is not Family.T29
    found, counts = codewords.of_texts(texts, gs1=gs1)
    planned = planner.smaller_of(texts, counts, gs1=gs1)
    width = min(found.shape[1], planned.codewords.shape[1])
    found[planned.places] = 0
    found[planned.places, :width] = planned.codewords[:, :width]
    counts[planned.places] = planned.counts
    made: dict[int, Symbol] = {}
    ranks = np.searchsorted(CAPACITIES, counts)
    for number in np.unique(ranks).tolist():
        chosen = ranks == number
        size = SIZES[number]
        rows = tables.symbols(size, found[chosen, : size.data], counts[chosen])
        made |= {
            place: _symbol(codes[place], family, size, lines)
            for place, lines in zip(np.flatnonzero(chosen).tolist(), rows, strict=True)
        }
    return [made[place] for place in range(len(codes))]


def _symbol(code: str, family: Family, size: Size, rows: bytes) -> Symbol:
    return Symbol(Symbology.DATA_MATRIX, code, IDENTIFIERS[family], size.side, size.side, rows)


def _check(code: str, family: Family) -> None:
    match = USUAL[family].fullmatch(code)
    if match is None or not _is_gtin(match[1]):
        _check_thoroughly(code, family)


def _check_thoroughly(code: str, family: Family) -> None:
    if family is Family.T29:
        contents.pack(code)
        return
    values = dict(contents.elements(code))
    for ai, length in SECRETS[family].items():
        if len(values.get(ai, "")) != length:
            reason = f"a code of family {family} has AI {ai} with {length} characters"
            raise ContentNotFitting(Symbology.DATA_MATRIX, reason)


@lru_cache(maxsize=4096)
def _is_gtin(digits: str) -> bool:
    try:
        gs1_keys.gtin(digits)
    except gs1_keys.InvalidGtin:
        return False
    return True
