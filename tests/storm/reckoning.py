"""What the registry and the printers say of labels that were handed out, beside what clients noted."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tests.storm.ledger import Print
from tests.storm.operations import Desk, Fate
from tests.storm.people import Clients
from tests.storm.printers import Talk
from tests.storm.using import EXPECTED, Outlet, Use

AT_ONCE = 8
Record = Mapping[str, Any]


async def faults(outlet: Outlet, clients: Clients, desk: Desk, made: Sequence[Use]) -> list[str]:
    """What is wrong with these uses: each print is fetched whole once more, and its record read."""
    found = [*nonsense(made), *differing(outlet.files, made)]
    waiting = list(dict.fromkeys(use.print for use in made))

    async def work() -> None:
        while waiting:
            found.extend(await faults_of(outlet, clients, desk, waiting.pop(), made))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return found


async def faults_of(
    outlet: Outlet, clients: Clients, desk: Desk, name: UUID, made: Sequence[Use]
) -> list[str]:
    """What is wrong with the uses of one print."""
    about, body = desk.ledger.prints[name], desk.orders[name]
    mine = [use for use in made if use.print == name]
    before = (await clients[mine[0].actor].get(f"/prints/{name}")).json()
    again = Use(name, mine[0].actor, outlet.reason(desk, 1.0), hangs_up=False)
    if name not in outlet.files:
        await outlet.make(clients, again)
    found = differing(outlet.files, [again, *mine])
    whole = outlet.files.get(name)
    if whole is None:
        return [*found, f"{again}: {again.told}, and not whole"]
    record = (await clients[again.actor].get(f"/prints/{name}")).json()
    found += misrecorded(record, [use for use in outlet.uses if use.print == name], about)
    found += unlike(record, whole)
    if before["file"] is None:
        found += [
            f"{use} had its end before it was on record"
            for use in mine
            if len(use.content) >= len(whole)
        ]
    firsts: dict[object, int] = {
        (one["printer"], one["reason"]): one["first_label"] for one in record["sendings"]
    }
    for use in mine:
        if use.talk is not None and body["copies"] == 1:
            found += misprinted(use, whole, firsts.get(key_of(use), 1))
    return found


def nonsense(uses: Iterable[Use]) -> list[str]:
    return [
        f"{use}: {use.told}"
        for use in uses
        if use.fate is Fate.REFUSED and use.told not in EXPECTED
    ]


def differing(files: dict[UUID, bytes], uses: Sequence[Use]) -> list[str]:
    """Files of a print that are not the same, as far as they came; whole ones are kept."""
    told = []
    for use in uses:
        if use.to is None and use.is_whole:
            whole = files.setdefault(use.print, use.content)
            if whole != use.content:
                told.append(f"{use}: {len(use.content)} other bytes than the {len(whole)} before")
    for use in uses:
        whole = files.get(use.print, use.content)
        if use.to is None and not whole.startswith(use.content):
            told.append(f"{use}: {len(use.content)} bytes are not the beginning of the file")
    return told


def misrecorded(record: Record, uses: Sequence[Use], about: Print) -> list[str]:
    """Where the record of a print tells otherwise of its uses than who made them."""
    if record["labels"] != about.labels:
        return [f"print {record['print']} has {record['labels']} labels, not {about.labels}"]
    fetches = [use for use in uses if use.to is None]
    sendings = [use for use in uses if use.to is not None]
    told = unrecorded(record["fetches"], fetches, lambda one: one["reason"])
    told += unrecorded(record["sendings"], sendings, lambda one: (one["printer"], one["reason"]))
    rows = {(one["printer"], one["reason"]): one for one in record["sendings"]}
    for use in sendings:
        row = rows.get((use.to.name if use.to else "", use.reason))
        if row is not None and use.fate is not Fate.REFUSED:
            told += overstated(row, use, record["labels"])
    return told


def key_of(use: Use) -> object:
    return use.reason if use.to is None else (use.to.name, use.reason)


def unrecorded(
    rows: Sequence[Record], uses: Sequence[Use], name: Callable[[Record], object]
) -> list[str]:
    """Uses that were answered and are not there; rows that nobody asked for."""
    there = list(map(name, rows))
    answered = [key_of(use) for use in uses if use.fate is Fate.ANSWERED]
    asked = [key_of(use) for use in uses if use.fate is not Fate.REFUSED]
    return [
        f"{one} is recorded {there.count(one)} times: asked {asked.count(one)} times, "
        f"answered {answered.count(one)} times"
        for one in {*there, *answered}
        if not answered.count(one) <= there.count(one) <= asked.count(one)
    ]


def overstated(row: Record, use: Use, labels: int) -> list[str]:
    """What is recorded of a sending beside what its client and the printer heard."""
    first, confirmed = row["first_label"], row["confirmed"] or 0
    printed = first - 1 + (use.talk.answered if use.talk else 0)
    heard = max((line["confirmed"] for line in use.lines), default=0)
    told = []
    if confirmed >= first and confirmed > printed:
        told.append(f"{use}: {confirmed} labels are confirmed, and {printed} came")
    if heard > max(confirmed, first - 1):
        told.append(f"{use}: {heard} were told as confirmed, {confirmed} are recorded")
    if first - 1 + len(use.talk.labels if use.talk else ()) > labels:
        told.append(f"{use}: more labels came than there are")
    return told


def misprinted(use: Use, whole: bytes, first: int) -> list[str]:
    """Labels that a printer got and the file has not, or has elsewhere."""
    if use.talk is None:
        return []
    labels = Talk(whole).labels[first - 1 :]
    got, rest = use.talk.labels, use.talk.rest
    after = labels[len(got)] if len(got) < len(labels) else b""
    if got != labels[: len(got)] or not after.startswith(rest):
        return [f"{use}: what came to the printer is not what is in the file from {first} on"]
    return []


def unlike(record: Record, whole: bytes) -> list[str]:
    """Where the report of a file tells otherwise than the file."""
    file, digest = record["file"], hashlib.sha256(whole).hexdigest()
    if file is None:
        return [f"the file of {record['print']} came whole, and no report of it is there"]
    found = file["sha256"], file["bytes"], file["labels"]
    known = digest, len(whole), record["labels"]
    return [] if found == known else [f"the report of {record['print']}: {found}, not {known}"]
