"""The harness of `make adversity`: it runs, it finds nothing, and it would."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.storm import packing, people, selling, trading
from tests.storm.inspection import diagnosed, differences, picture
from tests.storm.ledger import Ban, Custody, Deal, Key, Ledger, Mismatch, Print, Stand
from tests.storm.machine import Machine, running
from tests.storm.packing import Filling
from tests.storm.rounds import Faulty, Storm, changed, unknown
from tests.world import MINSK_DAIRY

SEED, CLIENTS, OPERATIONS = 1, 6, 50
CASE = "146070950000000017"
BATCH, DEAL, BLOCK, PRINT = (UUID(int=number) for number in range(1, 5))
UNITS = [Key(BATCH, ordinal) for ordinal in range(6)]
DAIRY = Custody(MINSK_DAIRY.name, "BY")
LIE = """
    UPDATE spans SET blocked = NOT blocked
    WHERE (series_id, first) = (SELECT series_id, first FROM spans LIMIT 1)
"""


@pytest.fixture
async def machine(
    session_directory: Path, postgres_binaries: Path | None
) -> AsyncIterator[Machine]:
    directory = session_directory / "storm"
    directory.mkdir(mode=0o711)
    async with running(directory, printers=CLIENTS, binaries=postgres_binaries) as machine:
        yield machine


async def test_after_each_crash_what_was_answered_is_there_and_nothing_by_halves(
    machine: Machine,
):
    told: list[str] = []
    storm = Storm(machine, SEED, CLIENTS, OPERATIONS, told.append)

    total = await storm.rage(2)

    assert len(told) == 2
    assert total.answered > OPERATIONS / 2
    assert total.there + total.absent > 0
    assert total.repeats >= total.answered
    assert len(storm.verbs) > 5
    await lies_are_noticed(storm, machine)


async def lies_are_noticed(storm: Storm, machine: Machine) -> None:
    """A registry that lost, invented or changed something would not pass."""
    found, last = await storm.look(), storm.done[-1]
    lost = found._replace(requests=found.requests - {last.id})
    assert unknown(storm.known, [], found) == []
    assert "answered, and is not there" in unknown(storm.known, [], lost)[0]
    assert "nobody's" in unknown(storm.known - {last.id}, [], found)[0]
    assert changed(found, found._replace(events=found.events + 1))
    follower = storm.followers.each[0]
    concerned, own = found.concerned[follower.who.name], storm.events[follower.who.name]
    assert follower.faults(concerned, own) == []
    assert "never told" in follower.faults([*concerned, 10**9], own)[0]
    assert "of others" in follower.faults(concerned[1:], [])[0]
    assert "does not concern" in follower.faults(concerned, [10**9])[0]
    follower.told.append(follower.told[0])
    assert "twice" in follower.faults(concerned, own)[0]

    last.answer = {**(last.answer or {}), "event": 0}
    async with people.connected(machine, storm.keys) as clients:
        with pytest.raises(Faulty, match="repeated: 200"):
            await storm.repeat(clients, [last])

    owner = await asyncpg.connect(machine.postgres.url)
    await owner.execute(LIE)
    await owner.close()
    assert differences(picture(storm.ledger), (await storm.look()).picture)
    assert await diagnosed(machine.postgres.url, machine.master_key)


@pytest.fixture
def ledger() -> Ledger:
    """Six units: a case with a group pack of three in it, and a loose one; one is loose."""
    ledger = Ledger({BATCH: [Stand("IN_CIRCULATION", DAIRY)] * 6})
    fillings = [
        Filling(CASE, "TRANSPORT", (UNITS[0], UNITS[4])),
        Filling(UNITS[0], "GROUP", tuple(UNITS[1:4])),
    ]
    packing.packed(MINSK_DAIRY.name, fillings, ledger, {"packages": 2, "units": 5})
    ledger.deals[DEAL] = Deal("a", "b", "OFFERED", 1)
    ledger.blocks[BLOCK] = Ban("BY")
    ledger.receipts["a", "till", "1"] = "SALE"
    ledger.replaced[UNITS[5]] = ()
    ledger.prints[PRINT] = Print("a", ((UNITS[5], False),), (), None, 1)
    return ledger


def write(**told: Any) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.write(UNITS[5], ledger.stand(UNITS[5])._replace(**told))


def give(custody: Custody) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.give(ledger.named[CASE], custody)


def ban(block: Ban) -> Callable[[Ledger], object]:
    return lambda ledger: ledger.blocks.update({BLOCK: block})


FALSIFIED: dict[str, Callable[[Ledger], object]] = {
    "status": write(status="WITHDRAWN"),
    "lot": write(lot="L-1"),
    "fraction": write(parts=(1, 2)),
    "holder": write(custody=DAIRY._replace(holder="b")),
    "state of turnover": give(DAIRY._replace(state="KZ")),
    "transfer of a package": give(DAIRY._replace(transfer=DEAL)),
    "unit taken out": lambda ledger: ledger.take_out(UNITS[4]),
    "pack ended": lambda ledger: ledger.dissolve(ledger.named[UNITS[0]]),
    "transfer": lambda ledger: ledger.deals.update({DEAL: Deal("a", "b", "OFFERED", 1, 1)}),
    "block": ban(Ban("BY", is_live=False)),
    "units blocked": ban(Ban("BY", frozenset(UNITS[5:]))),
    "package blocked": ban(Ban("BY", box=1)),
    "receipt": lambda ledger: ledger.receipts.clear(),
    "new code": lambda ledger: ledger.replaced.update({UNITS[5]: (UNITS[4],)}),
    "batch": lambda ledger: ledger.units.clear(),
    "print": lambda ledger: ledger.prints.clear(),
    "printed again": lambda ledger: ledger.prints.update(
        {PRINT: ledger.prints[PRINT]._replace(units=((UNITS[5], True),))}
    ),
}


@pytest.mark.parametrize("line", FALSIFIED)
def test_a_falsified_line_of_the_ledger_is_told(ledger: Ledger, line: str):
    known = picture(ledger)

    FALSIFIED[line](ledger)

    assert differences(known, picture(ledger))


def test_a_unit_that_is_sold_opens_the_pack_that_it_was_in_and_leaves_the_case(ledger: Ledger):
    happen = selling.recorded(
        MINSK_DAIRY,
        [{"till": "1", "fiscal_document": "1", "kind": "SALE"}],
        [((UNITS[1], None),)],
        {"receipts": [{"outcome": "recorded", "event": 7}]},
    )
    for _, effect in happen:
        effect(ledger)

    assert [event for event, _ in happen] == [7]
    assert ledger.stand(UNITS[0])._replace(custody=DAIRY) == Stand(
        "WITHDRAWN", DAIRY, None, None, "DISSOLVED"
    )
    assert ledger.stand(UNITS[1]) == Stand("WITHDRAWN", DAIRY, None, None, "RETAIL")
    assert ledger.inside[ledger.named[CASE]] == set(UNITS[2:5])
    with pytest.raises(Mismatch, match="twice"):
        happen[0][1](ledger)


def test_an_answer_that_does_not_come_to_what_the_ledger_does_is_told(ledger: Ledger):
    sides = (MINSK_DAIRY, MINSK_DAIRY)
    goods = ((UNITS[5],), (CASE,))

    trading.offered(DEAL, sides, goods, ledger, {"units": 6})
    with pytest.raises(Mismatch, match="the answer says 5, the ledger comes to 6"):
        trading.offered(DEAL, sides, goods, ledger, {"units": 5})
    with pytest.raises(Mismatch, match="was offered from"):
        trading.offered(DEAL, sides, goods, ledger, {"units": 6})
