"""The harness of `make adversity` on labels: false files, records and confirmations are told."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.storm import ordering, reckoning
from tests.storm.ledger import NOWHERE, Key, Ledger, Mismatch, Print, Stand
from tests.storm.operations import Fate
from tests.storm.printers import Printer, Talk
from tests.storm.using import Use
from tests.world import MINSK_DAIRY

PRINT = UUID(int=1)
UNITS = tuple(Key(UUID(int=2), ordinal) for ordinal in range(3))
ABOUT = Print(MINSK_DAIRY.name, tuple((key, False) for key in UNITS), (), None, 3)
LABELS = [b"^XA1^XZ\n", b"^XA2^XZ\n", b"^XA3^XZ\n"]
WHOLE = b"".join(LABELS)


def fetch(content: bytes, reason: str | None = None, *, is_whole: bool = True) -> Use:
    use = Use(PRINT, MINSK_DAIRY, reason, hangs_up=False)
    use.fate, use.content, use.is_whole = Fate.ANSWERED, content, is_whole
    return use


def sending(heard: bytes, told: int, answered: int = 2) -> Use:
    use = Use(PRINT, MINSK_DAIRY, "jam 1", hangs_up=False, to=Printer("line-1"))
    use.fate, use.talk = Fate.ANSWERED, Talk(heard, answered)
    use.lines = [{"confirmed": told}]
    return use


def record(**told: Any) -> dict[str, Any]:
    row = {"printer": "line-1", "reason": "jam 1", "first_label": 1, "confirmed": 2}
    return {"print": PRINT, "labels": 3, "fetches": [{"reason": None}], "sendings": [row], **told}


def changed(**told: Any) -> dict[str, Any]:
    honest = record()["sendings"][0]
    return record(sendings=[{**honest, **told}])


HONEST = [fetch(WHOLE), sending(WHOLE, 2)]
LIES: dict[str, Callable[[], list[str]]] = {
    "other bytes": lambda: reckoning.differing({}, [fetch(WHOLE), fetch(LABELS[0])]),
    "other beginning": lambda: reckoning.differing({PRINT: WHOLE}, [fetch(b"^XB", is_whole=False)]),
    "number of labels": lambda: reckoning.misrecorded(record(labels=4), HONEST, ABOUT),
    "fetch lost": lambda: reckoning.misrecorded(record(fetches=[]), HONEST, ABOUT),
    "fetch invented": lambda: reckoning.misrecorded(
        record(fetches=[{"reason": None}, {"reason": "x"}]), HONEST, ABOUT
    ),
    "sending lost": lambda: reckoning.misrecorded(record(sendings=[]), HONEST, ABOUT),
    "fetch twice": lambda: reckoning.misrecorded(
        record(fetches=[{"reason": None}] * 2), HONEST, ABOUT
    ),
    "more confirmed than came": lambda: reckoning.misrecorded(changed(confirmed=3), HONEST, ABOUT),
    "less confirmed than told": lambda: reckoning.misrecorded(changed(confirmed=1), HONEST, ABOUT),
    "more came than there are": lambda: reckoning.misrecorded(
        changed(first_label=2), HONEST, ABOUT
    ),
    "other labels came": lambda: reckoning.misprinted(sending(LABELS[1], 1), WHOLE, 1),
    "another label's half came": lambda: reckoning.misprinted(
        sending(LABELS[0] + b"^XA3", 1), WHOLE, 1
    ),
    "no report": lambda: reckoning.unlike(record(file=None), WHOLE),
    "report of another file": lambda: reckoning.unlike(
        record(file={"sha256": "00", "bytes": len(WHOLE), "labels": 3}), WHOLE
    ),
}


def test_what_is_honest_is_left_alone():
    files: dict[UUID, bytes] = {}
    cut = fetch(LABELS[0], is_whole=False)

    assert reckoning.differing(files, [*HONEST, cut]) == []
    assert files == {PRINT: WHOLE}
    assert reckoning.misrecorded(record(), HONEST, ABOUT) == []
    assert reckoning.misprinted(sending(LABELS[1] + b"^XA3", 2), WHOLE, 2) == []


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_labels_is_told(lie: str):
    assert len(LIES[lie]()) == 1


def test_an_order_that_prints_again_without_a_word_is_told():
    ledger = Ledger({UNITS[0].batch: [Stand("ISSUED", NOWHERE)] * 3})
    answer = {"units": 3, "packages": 0, "labels": 3, "reprinted": 0}
    order = MINSK_DAIRY.name, (UNITS, ()), {"copies": 1}, ledger

    ordering.ordered(PRINT, *order, answer)

    assert ledger.prints == {PRINT: ABOUT}
    with pytest.raises(Mismatch, match="printed again"):
        ordering.ordered(UUID(int=3), *order, answer)
    with pytest.raises(Mismatch, match="without a reason"):
        ordering.ordered(UUID(int=4), *order, {**answer, "reprinted": 3})
