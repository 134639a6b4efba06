"""The least codewords of every text, as an automaton.

Dynamic programming over what an encoder can be in the middle of: in ASCII, perhaps inside a pair
of digits; in another mode, with so many values pending; or behind the unlatch that the end of a
symbol implies. All that counts of a text so far is by how much each of these situations is dearer
than the cheapest one. There are 16,000 such lists of differences, and seven kinds of characters:
a finite automaton, made once, that plans a text by one step for each character.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from labels.symbols import codewords
from labels.symbols.modes import C40, EDIFACT, MODES, TEXT, X12

Kind: TypeAlias = tuple[bool, tuple[int, ...]]  # a digit? values in each mode, 0 where it has none
Indices: TypeAlias = NDArray[np.intp]

NEVER = 100
CHARACTERS = (codewords.GS, *range(ord("!"), ord("~") + 1))


class Situation(NamedTuple):
    """What is written last: the mode, and what is pending of its next codewords."""

    mode: str  # a letter of `modes`, or `a`
    pending: int = 0
    room: int | None = None  # codewords that may follow in ASCII at the end of the symbol


ASCII, HALF_PAIR = Situation("a"), Situation("a", 1)
SITUATIONS = (
    ASCII,
    HALF_PAIR,
    *(Situation(mode.letter, pending) for mode in MODES.values() for pending in range(mode.group)),
    *(Situation("a", pending, room) for room in range(2) for pending in range(2)),
)
INDEX = {situation: index for index, situation in enumerate(SITUATIONS)}
# What a reader takes for ASCII without being told, at the end of a symbol behind whole groups.
IMPLIED = {C40.letter: 1, TEXT.letter: 1, X12.letter: 1, EDIFACT.letter: 2}
# Codewords from a situation back to ASCII. EDIFACT's unlatch takes the place of a value, and
# nothing pending is left in C40, Text and X12.
UNLATCHED = {
    ASCII: 0,
    **{Situation(letter): 1 for letter in MODES},
    Situation("e", 1): 2,
    Situation("e", 2): 3,
    Situation("e", 3): 3,
}
# Codewords that a text's end takes. Two values of C40 or Text are filled up, if that fills the
# symbol. EDIFACT needs three codewords to be read as such, a lone character with its unlatch too.
ENDED = {
    ASCII: 0,
    **{Situation(letter): 0 for letter in MODES},
    **{Situation(letter, 2): 2 for letter in "ct"},
    **{Situation("e", pending): 3 for pending in (1, 2, 3)},
    **{Situation("a", 0, room): 0 for room in range(2)},
}
# Ends that must fill the symbol; all others are one codeword longer at most.
FILLING = [
    INDEX[situation]
    for situation in ENDED
    if situation.room is not None or (situation.mode in "ct" and situation.pending)
]
# From ASCII every text ends with at most so many codewords more than from that situation: what is
# not cheaper by that much is never needed. (The greatest differences over all texts; without this
# the lists are three times as many.)
BEHIND_ASCII = {
    **dict.fromkeys(SITUATIONS, 1),
    **{Situation(letter, 2): 0 for letter in "ctxe"},
    **{Situation("a", 0, room): 0 for room in range(2)},
    Situation("e", 3): -1,
}


class Automaton(NamedTuple):
    """What follows on what; a step is a state plus the kind of the next character.

    A state is its list's number times the count of kinds. It begins with 0.
    """

    kinds: bytes  # by character
    states: Indices  # that each step leads to
    codewords: Indices  # that each step adds to the cheapest situation
    back: NDArray[np.uint8]  # by step and situation behind it, flat: the situation before it
    ended: Indices  # by state: codewords that the end of the text adds to the cheapest situation
    filling: Indices  # by state: the situation to end in, where that fills the symbol
    roomy: Indices  # by state: the situation to end in, where codewords are left


@cache
def automaton() -> Automaton:
    """The automaton of all texts of GS1's 82 characters and its separator; 4 MB."""
    found = sorted({_kind(character) for character in CHARACTERS})
    weights = _weights(found)
    start = np.full((1, len(SITUATIONS)), NEVER, np.uint8)
    start[0, INDEX[ASCII]] = 0
    numbers = {start.tobytes(): 0}
    states, least, back = [], [], []
    front = start
    while len(front):
        sums = front[:, None, :, None] + weights
        back.append(sums.argmin(axis=2).astype(np.uint8).ravel())
        reached = sums.min(axis=2).reshape(-1, len(SITUATIONS))
        least.append(_normalise(reached))
        known = len(numbers)
        states += [numbers.setdefault(row.tobytes(), len(numbers)) for row in reached]
        front = _lists(list(numbers)[known:])
    ended, filling, roomy = _endings(_lists(list(numbers)))
    count = len(found)
    return Automaton(
        bytes(
            found.index(_kind(character)) if character in CHARACTERS else 0
            for character in range(256)
        ),
        np.array(states, np.intp) * count,
        np.concatenate(least).astype(np.intp),
        np.concatenate(back),
        ended.repeat(count),
        filling.repeat(count),
        roomy.repeat(count),
    )


def _normalise(costs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave what each situation costs above the cheapest one, and give what that costs."""
    behind = np.array([BEHIND_ASCII[situation] for situation in SITUATIONS])
    useless = costs >= costs[:, :1] + behind
    useless[:, INDEX[ASCII]] = False
    least: NDArray[np.uint8] = costs.min(axis=1)
    costs -= least[:, None]
    costs[useless] = NEVER
    return least


def _lists(rows: list[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, len(SITUATIONS))


def _endings(costs: NDArray[np.uint8]) -> tuple[Indices, Indices, Indices]:
    ends = np.array([ENDED.get(situation, NEVER) for situation in SITUATIONS])
    sums = costs + ends
    ended, filling = sums.min(axis=1), sums.argmin(axis=1)
    sums[:, FILLING] = NEVER
    return ended, filling, sums.argmin(axis=1)


def _kind(character: int) -> Kind:
    is_digit = character in range(codewords.ZERO, codewords.NINE + 1)
    return is_digit, tuple(len(mode.values.get(character, b"")) for mode in MODES.values())


def _moves(situation: Situation, kind: Kind) -> Iterator[tuple[Situation, int]]:
    """Where a character of this kind leads, and the codewords that it adds."""
    is_digit, values = kind
    to_ascii = UNLATCHED.get(situation, NEVER)
    for mode, count in zip(MODES.values(), values, strict=True):
        if count and situation.mode == mode.letter:
            groups, pending = divmod(situation.pending + count, mode.group)
            yield Situation(mode.letter, pending), groups * mode.codewords
        elif count:
            yield Situation(mode.letter, count), to_ascii + 1
    yield ASCII, to_ascii + 1
    if is_digit:
        yield HALF_PAIR, to_ascii + 1
    room = situation.room or IMPLIED.get(situation.mode, 0)
    if room and not situation.pending:
        yield Situation("a", 0, room - 1), 1
        if is_digit:
            yield Situation("a", 1, room - 1), 1


def _weights(kinds: list[Kind]) -> NDArray[np.uint8]:
    """Codewords that each kind adds between each two situations."""
    weights = np.full((len(kinds), len(SITUATIONS), len(SITUATIONS)), NEVER, np.uint8)
    for number, kind in enumerate(kinds):
        for situation in SITUATIONS:
            moves = _moves(situation, kind)
            if situation.mode == "a" and situation.pending:
                # The second digit of a pair, which its first has paid for.
                moves = iter([(situation._replace(pending=0), 0)] if kind[0] else [])
            for target, cost in moves:
                weights[number, INDEX[situation], INDEX[target]] = min(cost, NEVER)
    return weights
