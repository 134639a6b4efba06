"""Fiscal receipts: facts that tills tell, thousands in a file."""

import json
from collections.abc import Iterator
from typing import Any

import click

from cli.client import tell_repeat, with_key
from cli.faults import Ending, Failure
from cli.files import Source
from cli.identity import derived
from cli.options import FILE, Command
from cli.terminal import terminal

AT_ONCE = 500


@click.command(cls=Command)
@click.argument("file", type=FILE)
def receipts(file: str) -> Ending:
    """Record the fiscal receipts of a FILE of JSON.

    It holds a list, or an object with `receipts`. What a till says is recorded whatever a rule says; what is wrong becomes a finding. The same
    file sent again is a repeat. The exit code is 3 where some receipts were not recorded.
    """
    service, source = with_key(), Source(file)
    told = read(source)
    counts: dict[str, int] = {}
    findings = 0
    answers = []
    with terminal().progress(f"Recording {source.path}", len(told), unit="receipts") as advance:
        for at, call in enumerate(calls(told)):
            request = derived(service, None, "receipts", source.digest, at)
            response = service.change(f"/receipts/{request}", {"receipts": call}, id=request)
            tell_repeat(response)
            for one in service.document(response)["receipts"]:
                counts[one["outcome"]] = counts.get(one["outcome"], 0) + 1
                findings += len(one.get("findings") or ())
                answers.append(one)
            advance(len(call))
    done = counts.get("recorded", 0) + counts.get("repeated", 0)
    lines = [", ".join(f"{n:,} {outcome}" for outcome, n in sorted(counts.items())) or "nothing"]
    if findings:
        lines.append(f"  ! {findings:,} findings: inspectors are told, too.")
    terminal().answer({"receipts": answers}, *lines, brief=done)
    if done == len(told):
        return Ending.DONE
    return Ending.PARTLY if done else Ending.REFUSED


def read(source: Source) -> list[dict[str, Any]]:
    """The receipts of a file."""
    try:
        with source.opened() as file:
            found = json.load(file)
    except ValueError as fault:
        raise Failure(f"{source.path} is no JSON: {fault}", ending=Ending.USAGE) from None
    told = found.get("receipts") if isinstance(found, dict) else found
    if not isinstance(told, list):
        raise Failure(f"{source.path} holds no list of receipts.", ending=Ending.USAGE)
    return told


def calls(told: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, len(told), AT_ONCE):
        yield told[first : first + AT_ONCE]
