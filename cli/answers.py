"""Questions about units: verify, history, standing; and the keys that answer them for anybody."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import click

from cli.client import Service, connected
from cli.faults import Ending
from cli.files import Source
from cli.options import Moment, command, without_nothing
from cli.terminal import terminal, visible

AT_ONCE = 1_000
GOOD = "in-circulation"
COLOURS = {
    GOOD: "green",
    "not-yet-in-circulation": "yellow",
    "expired": "yellow",
    "ambiguous": "yellow",
    "not-decided": "yellow",
}
ENOUGH = 6  # digits of an SSCC
PURPOSES = {"sell": "sold", "accept": "accepted", "use": "used"}
SIGNS = {True: "✓", False: "✗", None: "·"}


@command()
@click.argument("codes", nargs=-1)
def verify(codes: tuple[str, ...]) -> Ending:
    """Verify a code, or every line of the input.

    Several codes, or - for the input, are answered with one line each. The exit code is 0 where all goods may be sold, 1 where none, 3 where some.
    """
    service = connected()
    if len(codes) == 1 and codes[0] != "-":
        found = service.post("/verify", {"code": codes[0]})
        tell_verdict(found)
        return ending([found])
    asked = codes if codes and codes != ("-",) else Source("-").lines()
    found_all: list[dict[str, Any]] = []
    for code, found in verdicts(service, asked):
        terminal().answer(found, f"{found['verdict']}\t{visible(code)}", brief=found["verdict"])
        found_all.append({"verdict": found["verdict"]})
    return ending(found_all)


def verdicts(service: Service, codes: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The verdict on each; who has a key asks for a thousand at once."""
    waiting = iter(codes)
    while portion := list(islice(waiting, AT_ONCE if service.key else 1)):
        if service.key:
            found = service.post("/verify/bulk", {"codes": portion})["verdicts"]
        else:
            found = [service.post("/verify", {"code": portion[0]})]
        yield from zip(portion, found, strict=True)


def ending(found: list[dict[str, Any]]) -> Ending:
    good = sum(one["verdict"] == GOOD for one in found)
    if good == len(found):
        return Ending.DONE
    return Ending.PARTLY if good else Ending.REFUSED


def tell_verdict(found: dict[str, Any]) -> None:
    """The verdict in words, the checks behind it, the goods, and what to do."""
    screen = terminal()
    verdict = found["verdict"]
    title = screen.paint(f"{verdict.replace('-', ' ').upper()}", COLOURS.get(verdict, "red"))
    screen.answer(found, f"{title}  {found['sentence']}", brief=verdict)
    for check in found.get("checks") or ():
        screen.say(f"  {SIGNS[check['passed']]} {check['sentence']}")
    for line in goods(found):
        screen.say(f"  {line}")
    for line in purposes(found):
        screen.say(f"  {line}")
    if found.get("detail"):
        screen.say(f"  {found['detail']}")
    screen.say(f"  → {found['advice']}")


def purposes(found: dict[str, Any]) -> Iterator[str]:
    """What may be done with the goods, where, and why not."""
    for name, told in (found.get("purposes") or {}).items():
        where = f" in {told['member_state']}" if told["member_state"] else ""
        if told["allowed"]:
            yield f"{SIGNS[True]} may be {PURPOSES[name]}{where}"
        for reason in told["reasons"]:
            yield f"{SIGNS[False]} may not be {PURPOSES[name]}{where}: {reason['sentence']}"


def goods(found: dict[str, Any]) -> Iterator[str]:
    """What the code is on, as far as the asker may know."""
    if product := found.get("product"):
        yield ", ".join(filter(None, (product["name"], product.get("brand"))))
    if found.get("gtin"):
        yield f"GTIN {found['gtin']}, serial {found['serial']}"
    if found.get("issued_in"):
        yield f"issued in {found['issued_in']}, on the market of {found['state_of_turnover'] or '-'}"
    if lot := found.get("lot"):
        yield f"lot {told_lot(lot)}"
    if holder := found.get("holder"):
        yield f"held by {holder['name']}, {holder['member_state']}"
    if repairs := found.get("repairs"):
        yield f"the scan was repaired: {', '.join(repairs)}"


@command()
@click.argument("code")
def history(code: str) -> None:
    """Tell what happened to a unit."""
    tell_history(connected().post("/history", {"code": code}))


def tell_history(found: dict[str, Any]) -> None:
    screen = terminal()
    if screen.speaks and found.get("product"):
        screen.say(f"{found['product']['name']}: {found['code']}")
    columns = ("occurred (UTC)", "what", "status", "state", "who", "in", "lot")
    screen.listing(found, columns, [row(event) for event in found["events"]])


def row(event: dict[str, Any]) -> list[object]:
    """An event as a row."""
    lot = event.get("lot") or {}
    who = event.get("participant") or {}
    return [
        at(event["occurred_at"]) + (" !" if event.get("out_of_order") else ""),
        event["kind"].replace("_", " ").lower(),
        event["status"].replace("_", " ").lower() + (", blocked" if event["blocked"] else ""),
        event["state_of_turnover"] or event["member_state"],
        who.get("name"),
        " in ".join(short(package) for package in event.get("inside") or ()),
        told_lot(lot),
    ]


def short(package: dict[str, Any]) -> str:
    """A package by the end of its name, which tells those of one sender apart."""
    name = package.get("sscc") or package.get("code") or ""
    return f"…{name[-ENOUGH:]}"


def at(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def told_lot(lot: dict[str, Any]) -> str:
    named = (
        lot.get("lot_number"),
        lot.get("produced_on") and f"made {lot['produced_on']}",
        lot.get("expires_on") and f"good until {lot['expires_on']}",
    )
    return ", ".join(filter(None, named))


@command()
@click.argument("code")
@click.option("--as-of", type=Moment(), help="At this past moment; default: now.")
def standing(code: str, as_of: datetime | None) -> Ending:
    """Tell how a unit stands, now or at a past moment.

    What was recorded later does not count, even if it happened before.
    """
    found = connected().post("/standing", {"code": code} | without_nothing(as_of=as_of))
    stood = found["standing"]
    if stood is None:
        terminal().answer(found, f"{found['code']} was not issued yet as of {found['as_of']}.")
        return Ending.REFUSED
    status = stood["status"].replace("_", " ").lower()
    lines = [f"{found['code']}: {status} as of {found['as_of']}"]
    lines += [f"  {name}: {cell}" for name, cell in zip(STOOD, row(stood), strict=True) if cell]
    terminal().answer(found, *lines, brief=stood["status"])
    return Ending.DONE


STOOD = ("since (UTC)", "by", "status", "state", "who", "in", "lot")


@command()
def keys() -> None:
    """List the public keys of verification codes.

    With them codes of 88 characters are checked without Tamga.
    """
    found = connected().get("/keys")
    terminal().listing(
        found,
        ("id", "state", "algorithm", "public key", "since", "retired"),
        [
            (
                one["id"],
                one["member_state"],
                one["algorithm"],
                one["public_key"],
                one["recorded_at"],
                one["retired_at"],
            )
            for one in found
        ],
    )
