"""Findings: why codes look cloned or chains broken, as inspectors and operators see them."""

from typing import Any

import click

from cli.answers import at
from cli.client import with_key
from cli.options import command
from cli.participants import pages
from cli.terminal import terminal


@command()
@click.argument("finding", type=click.IntRange(1), required=False)
@click.option("--rule", help="Only what this rule found: sold-twice, impossible-travel, ...")
@click.option("--limit", type=click.IntRange(1), help="At most so many; default: all.")
def findings(finding: int | None, rule: str | None, limit: int | None) -> None:
    """List what looks like fraud in your member state, or tell one finding.

    For inspectors and operators. A finding accuses nobody: it says where to look.
    """
    service = with_key()
    if finding is not None:
        tell(service.get(f"/findings/{finding}"))
        return
    asked = {"rule": rule} if rule else {}
    found: list[dict[str, Any]] = []
    for one in pages(service, "/findings", "findings", **asked):
        if len(found) == limit:
            break
        found.append(one)
    terminal().listing(
        found,
        ("finding", "recorded (UTC)", "rule", "who", "code or GTIN"),
        [
            (
                one["finding"],
                at(one["recorded_at"]),
                one["rule"],
                (one["participant"] or {}).get("name"),
                one["code"] or one["gtin"],
            )
            for one in found
        ],
    )


def tell(found: dict[str, Any]) -> None:
    """One finding: what it says, of whom, its facts and threshold, and what to do."""
    lines = [f"{found['rule']}: {found['sentence']}", f"  recorded: {at(found['recorded_at'])} UTC"]
    named = {"code": found["code"], "GTIN": found["gtin"], "by": worded(found["participant"])}
    facts = {name: worded(value) for name, value in found["facts"].items()}
    limits = {f"threshold, {name}": value for name, value in found["threshold"].items()}
    lines += [
        f"  {name.replace('_', ' ')}: {value}"
        for name, value in {**named, **facts, **limits}.items()
        if value is not None
    ]
    terminal().answer(found, *lines, f"  → {found['advice']}", brief=found["rule"])


def worded(value: object) -> object:
    """A fact on one line."""
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part is not None)
    if isinstance(value, list):
        return "; ".join(str(worded(part)) for part in value)
    return value
