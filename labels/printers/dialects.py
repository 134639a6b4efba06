"""How a printer is asked for its status, and what its answers mean.

ZPL: ~HS (ZPL II Programming Guide, Host Status Return). TSPL: <ESC>!? (TSPL/TSPL2 Programming
Manual, status polling). EPL: ^ee (EPL Programming Guide, Immediate Error Report).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from labels.printers.address import Dialect


class State(StrEnum):
    """How a printer stands, in words for whoever walks to it."""

    READY = "ready"
    PRINTING = "printing"
    PAUSED = "paused"
    OUT_OF_LABELS = "out of labels"
    OUT_OF_RIBBON = "out of ribbon"
    OUT_OF_MATERIAL = "out of labels or ribbon"
    HEAD_OPEN = "head open"
    JAM = "labels jammed"
    TOO_HOT = "too hot"
    TOO_COLD = "too cold"
    TO_BE_TAKEN = "waiting for the label to be taken"
    FAULT = "fault"
    AWAY = "not reached"
    BUSY = "printing for somebody else"
    UNTOLD = "sent, not confirmed"  # the printer does not say how it stands


TROUBLE = frozenset(State) - {State.READY, State.PRINTING, State.UNTOLD}


class Status(NamedTuple):
    """A printer's answer. `is_drained`: nothing that it was sent is still to be printed."""

    state: State
    is_drained: bool = False
    pending: int = 0  # what the printer counts as still to come, in units of its own


class Unintelligible(ValueError):
    """The answer is none of this dialect."""


class Tongue(NamedTuple):
    """`read` gives None while the answer may still go on, and raises Unintelligible."""

    question: bytes
    read: Callable[[bytes], Status | None]
    confirms: bool  # whether answers tell that all was printed


ZEBRA_STRING = re.compile(rb"\x02([0-9 ,]*)\x03")
LONGEST_ANSWER = 512


def read_zpl(answer: bytes) -> Status | None:
    """Three strings, each from STX to ETX, of numbers with commas between them."""
    answer = answer.lstrip(b"\r\n")
    if answer[:1] not in {b"", b"\x02"} or len(answer) > LONGEST_ANSWER:
        raise Unintelligible
    if answer.count(b"\x03") < len(ZEBRA_FIELDS):
        return None
    # What stands behind the third string was not asked for.
    strings = [found.split(b",") for found in ZEBRA_STRING.findall(answer)[: len(ZEBRA_FIELDS)]]
    if [len(fields) for fields in strings] != ZEBRA_FIELDS:
        raise Unintelligible
    try:
        first, second, _ = [[int(field) for field in fields] for fields in strings]
    except ValueError:
        raise Unintelligible from None
    # Field by field as the guide lists them: b, c, eee, h, k, l; o, p, t, uuuuuuuu. The last is
    # not trusted as a count of labels: printers are known that only tell by it that they are busy.
    pending = first[4] + first[7] + second[8]
    troubles = (
        (second[2], State.HEAD_OPEN),
        (first[1], State.OUT_OF_LABELS),
        (second[3], State.OUT_OF_RIBBON),
        (first[11], State.TOO_HOT),
        (first[10], State.TOO_COLD),
        (first[2], State.PAUSED),
        (second[7], State.TO_BE_TAKEN),
    )
    return _status(troubles, pending)


ZEBRA_FIELDS = [12, 11, 2]


def read_tspl(answer: bytes) -> Status | None:
    """One byte, a bit for each thing that may be wrong, and one while it prints."""
    if not answer:
        return None
    if len(answer) > 1:
        raise Unintelligible
    bits = answer[0]
    troubles = (
        (bits & 0x01, State.HEAD_OPEN),
        (bits & 0x02, State.JAM),
        (bits & 0x04, State.OUT_OF_LABELS),
        (bits & 0x08, State.OUT_OF_RIBBON),
        (bits & 0x40, State.HEAD_OPEN),
        (bits & 0x80, State.FAULT),
        (bits & 0x10, State.PAUSED),
    )
    return _status(troubles, bits & 0x20)


EPL_ANSWER = re.compile(rb"[\x11\x13]*([0-9]{2}(?:,[0-9]{2})*)\r?\n")
EPL_TROUBLES = {
    b"07": State.OUT_OF_MATERIAL,
    b"11": State.HEAD_OPEN,
    b"12": State.PAUSED,
}


def read_epl(answer: bytes) -> Status | None:
    """Two digits for each thing that is wrong, 00 for none; nothing about what is printed."""
    if not answer.endswith(b"\n"):
        if len(answer) > LONGEST_ANSWER:
            raise Unintelligible
        return None
    found = EPL_ANSWER.fullmatch(answer)
    if found is None:
        raise Unintelligible
    codes = [code for code in found[1].split(b",") if code != b"00"]
    return _status(((1, EPL_TROUBLES.get(code, State.FAULT)) for code in codes), 0)


def _status(troubles: Iterable[tuple[int, State]], pending: int) -> Status:
    """The first trouble that is there; without any, whether the printer still prints."""
    for is_there, state in troubles:
        if is_there:
            return Status(state, pending=pending)
    if pending:
        return Status(State.PRINTING, pending=pending)
    return Status(State.READY, is_drained=True)


TONGUES: Mapping[Dialect, Tongue] = {
    Dialect.ZPL: Tongue(b"~HS\r\n", read_zpl, confirms=True),
    Dialect.TSPL: Tongue(b"\x1b!?", read_tspl, confirms=True),
    Dialect.EPL: Tongue(b"^ee\r\n", read_epl, confirms=False),
}
