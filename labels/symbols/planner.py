"""The smallest symbol of a text: in which mode each of its characters is best written.

ASCII alone is already the smallest for most marking codes, so a text is planned only where a
bound leaves hope for a smaller symbol.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.standards.byte_rows import ByteRows
from labels.symbols import modes, writing
from labels.symbols.automaton import SITUATIONS, Indices, automaton
from labels.symbols.codewords import GS
from labels.symbols.modules import CAPACITIES, rank

Count = TypeVar("Count", int, Indices)
LETTERS = "".join(situation.mode for situation in SITUATIONS).encode().ljust(256)


def smaller(text: bytes, count: int, *, gs1: bool) -> bytes | None:
    """Codewords of a smaller symbol than the `count` that the text has in ASCII mode need.

    None if there is no smaller one. `gs1`: FNC1 comes first.
    """
    single = 2 * (count - gs1) - len(text) - text.count(GS)
    if rank(_bound(count, single)) == rank(count):
        return None
    made = _singly()
    steps, state = [], 0
    for kind in text.translate(made.kinds):
        step = state + kind
        steps.append(step)
        state = made.states[step]
    needed = gs1 + sum(map(made.codewords.__getitem__, steps)) + made.ended[state]
    if rank(needed) == rank(count):
        return None
    capacity = CAPACITIES[rank(needed)]
    situation = (made.filling if needed == capacity else made.roomy)[state]
    path = bytearray()
    for step in reversed(steps):
        path.append(situation)
        situation = made.back[step][situation]
    plan = bytes(reversed(path)).translate(LETTERS)
    return modes.written(text, plan, capacity, gs1=gs1)


class Planned(NamedTuple):
    """Texts that have a smaller symbol, its codewords with zeros behind, and how many they are."""

    places: Indices
    codewords: ByteRows
    counts: Indices


def smaller_of(texts: ByteRows, counts: Indices, *, gs1: bool) -> Planned:
    """What `smaller` gives for each of these texts of one length, where it is not None."""
    single = 2 * (counts - gs1) - texts.shape[1] - (texts == GS).sum(axis=1)
    places = np.flatnonzero(_ranks(_bound(counts, single)) < _ranks(counts))
    steps, states, needed = _walk(texts[places])
    needed += gs1
    worth = _ranks(needed) < _ranks(counts[places])
    places, needed = places[worth], needed[worth]
    if not len(places):
        return Planned(places, texts[:0], places)
    capacities = np.array(CAPACITIES)[_ranks(needed)]
    paths = _paths(steps[:, worth], states[worth], needed == capacities)
    return Planned(places, *writing.written(texts[places], paths, capacities, gs1=gs1))


def _bound(count: Count, single: Count) -> Count:
    """The least that other modes might need of `count` codewords in ASCII.

    They save at most a third of each that holds a single character, and cost a latch.
    """
    return count - single // 3 + 1


def _ranks(counts: Indices) -> Indices:
    return np.searchsorted(np.array(CAPACITIES), counts)


def _walk(texts: ByteRows) -> tuple[Indices, Indices, Indices]:
    """By place and text the steps, and by text the last state and the codewords behind FNC1."""
    made = automaton()
    kinds = np.frombuffer(made.kinds, np.uint8).astype(np.intp)
    steps = kinds.take(texts.T)
    state = np.zeros(len(texts), np.intp)
    for place in range(len(steps)):
        steps[place] += state
        made.states.take(steps[place], out=state, mode="clip")
    return steps, state, made.codewords.take(steps).sum(axis=0) + made.ended.take(state)


def _paths(steps: Indices, states: Indices, fills: NDArray[np.bool_]) -> Indices:
    """By place and text the situations, found from the end of each text; the first is ASCII."""
    made = automaton()
    paths = np.empty((len(steps) + 1, len(states)), np.intp)
    paths[-1] = np.where(fills, made.filling.take(states), made.roomy.take(states))
    for place in reversed(range(len(steps))):
        at = steps[place] * len(SITUATIONS) + paths[place + 1]
        paths[place] = made.back.take(at)
    return paths


class Singly(NamedTuple):
    """What a single text asks of the automaton, as Python has it quickest."""

    kinds: bytes
    states: Sequence[int]
    codewords: Sequence[int]
    back: Sequence[bytes]
    ended: Sequence[int]
    filling: Sequence[int]
    roomy: Sequence[int]


@cache
def _singly() -> Singly:
    made = automaton()
    # One object for each state, not for each step: what is in use then stays in a core's cache.
    states = {state: state for state in made.states.tolist()}
    return Singly(
        made.kinds,
        [states[state] for state in made.states.tolist()],
        made.codewords.tolist(),
        [row.tobytes() for row in made.back.reshape(len(made.states), -1)],
        made.ended.tolist(),
        made.filling.tolist(),
        made.roomy.tolist(),
    )
