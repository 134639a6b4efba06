"""Planned texts to codewords, a thousand at a time: what `modes.written` does for one.

A step from one situation to the next says where its character stands and what it adds there. So
all codewords are sums over table entries: in words of two bytes, one for each place, of which the
higher byte stands there and the lower one behind it.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.standards.byte_rows import ByteRows
from labels.symbols import codewords, modes
from labels.symbols.automaton import SITUATIONS, Indices, Situation
from labels.symbols.modes import EDIFACT, GROUP, MODES, UNLATCH

HIGH = 256  # what a codeword counts in the higher byte of a word
SECOND_WORD = 2  # codewords from one word of three values to the next
CHARACTERS = 128
# Rows of weights: for ASCII and for what is not told here; three for each other mode follow.
SINGLE, PAIR_FIRST, PAIR_SECOND, NOTHING, FIRST_OF_MODES = range(5)
WORD_WEIGHTS = (modes.FIRST, modes.SECOND, 1)
TRIPLETS = [mode for mode in MODES.values() if mode is not EDIFACT]
LETTERS = np.frombuffer("".join(situation.mode for situation in SITUATIONS).encode(), np.uint8)
IS_EDIFACT = np.array([situation.mode == EDIFACT.letter for situation in SITUATIONS])
# Behind whole words a reader is told that the mode ends; values of which a third is missing are
# filled up, and then the symbol is full.
LEFT_AT_END = np.array([s.mode in MODES and not s.pending for s in SITUATIONS])
PENDING_AT_END = np.array([2 * (s.mode in MODES and s.pending > 0) for s in SITUATIONS])


class Step(NamedTuple):
    """What a step between two situations does."""

    change: int = 0  # the word of unlatch and latch
    lead: int = 0  # codewords from what is complete to where the character stands
    added: int = 0  # codewords that are complete behind it, above those before
    weights: int = SINGLE  # the row of weights
    crosses: int = 0  # whether its second value begins the next word


class Steps(NamedTuple):
    """All steps, by the situation before, times the count of situations, and the one behind."""

    change: Indices
    lead: Indices
    added: Indices
    weights: Indices  # times the count of characters
    crosses: Indices


def written(
    texts: ByteRows, paths: Indices, capacities: Indices, *, gs1: bool
) -> tuple[ByteRows, Indices]:
    """Codewords of texts of one length, zeros behind them, and how many each has.

    `paths` has by place and text the situation before each character, and behind the last one.
    """
    found, counts = _summed(texts, paths, int(capacities.max()), gs1=gs1)
    last = paths[-1]
    counts += PENDING_AT_END.take(last)
    left = np.flatnonzero(LEFT_AT_END.take(last) & (counts < capacities))
    found[left, counts[left]] = UNLATCH
    counts[left] += 1
    # EDIFACT is rare and its groups are longer than a word.
    for place in np.flatnonzero(IS_EDIFACT.take(paths).any(axis=0)).tolist():
        plan = LETTERS.take(paths[1:, place]).tobytes()
        alone = modes.written(texts[place].tobytes(), plan, int(capacities[place]), gs1=gs1)
        counts[place] = len(alone)
        found[place] = np.frombuffer(alone.ljust(found.shape[1], b"\0"), np.uint8)
    return found, counts


def _summed(
    texts: ByteRows, paths: Indices, capacity: int, *, gs1: bool
) -> tuple[ByteRows, Indices]:
    """The same but for EDIFACT and what the end adds."""
    steps, (first, second) = _steps(), _weights()
    taken = paths[:-1] * len(SITUATIONS) + paths[1:]
    added = steps.added.take(taken)
    ends = added.cumsum(axis=0)
    ends += gs1
    counts = ends[-1].copy()
    width = capacity + SECOND_WORD
    ends += np.arange(len(texts)) * width
    places = (ends - added).ravel()
    rows = (steps.weights.take(taken) + texts.T).ravel()
    leads = steps.lead.take(taken).ravel()
    changes = np.flatnonzero(leads > 0)
    crossing = np.flatnonzero(steps.crosses.take(taken))
    at = [places + leads, places[changes], places[crossing] + SECOND_WORD]
    taken = taken.ravel()
    what = [first.take(rows), steps.change.take(taken[changes]), second.take(rows[crossing])]
    words = np.bincount(np.concatenate(at), np.concatenate(what), len(texts) * width)
    both = words.astype(">u2").view(np.uint8).reshape(len(texts), width, 2)
    found = both[:, :, 0].copy()
    found[:, 1:] += both[:, :-1, 1]
    if gs1:
        found[:, 0] = codewords.FNC1
    return found, counts


def _step(before: Situation, behind: Situation) -> Step:
    mode = MODES.get(behind.mode)
    if mode is None:
        return _step_in_ascii(before, behind)
    if mode is EDIFACT:
        return Step(weights=NOTHING)
    leads, change, slot = 0, 0, before.pending
    if behind.mode != before.mode:
        codes = [UNLATCH, mode.latch] if before.mode in MODES else [mode.latch]
        leads, slot = len(codes), 0
        change = int.from_bytes(bytes([*codes, 0][:2]), "big")
    count = (behind.pending - slot) % GROUP
    whole = slot + count >= GROUP
    return Step(
        change,
        leads,
        leads + whole * mode.codewords,
        FIRST_OF_MODES + GROUP * TRIPLETS.index(mode) + slot,
        crosses=slot + count > GROUP,
    )


def _step_in_ascii(before: Situation, behind: Situation) -> Step:
    if before.mode in MODES:
        is_implied = behind.room is not None
        kind = PAIR_FIRST if behind.pending else SINGLE
        return Step(0, 0, 1, kind) if is_implied else Step(UNLATCH * HIGH, 1, 2, kind)
    if before.pending:
        return Step(0, -1, 0, PAIR_SECOND)
    return Step(0, 0, 1, PAIR_FIRST if behind.pending else SINGLE)


@cache
def _steps() -> Steps:
    steps = [_step(before, behind) for before in SITUATIONS for behind in SITUATIONS]
    change, lead, added, weights, crosses = np.array(steps, np.intp).T.copy()
    return Steps(change, lead, added, weights * CHARACTERS, crosses)


@cache
def _weights() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By row of weights and character: what it adds to its word, and what to the next."""
    first = np.zeros((FIRST_OF_MODES + GROUP * len(TRIPLETS), CHARACTERS))
    second = np.zeros_like(first)
    for character in range(CHARACTERS):
        digit = character - codewords.ZERO
        first[SINGLE, character] = codewords.ASCII[character] * HIGH
        first[PAIR_FIRST, character] = (codewords.FIRST_PAIR + 10 * digit) * HIGH
        first[PAIR_SECOND, character] = digit * HIGH
        for number, mode in enumerate(TRIPLETS):
            for slot in range(GROUP):
                row = FIRST_OF_MODES + GROUP * number + slot
                values = mode.values.get(character, b"")
                here = zip(values, WORD_WEIGHTS[slot:], strict=False)
                first[row, character] = sum(v * weight for v, weight in here) + (slot == 0)
                second[row, character] = sum(v * modes.FIRST + 1 for v in values[GROUP - slot :])
    return first.ravel(), second.ravel()
