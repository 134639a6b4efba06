"""What packages hold, and what changed."""

from collections.abc import Iterator
from typing import Any

import click

from cli.answers import at, short
from cli.client import Question, with_key
from cli.faults import Ending
from cli.files import Source, save
from cli.options import FILE, OUT, command, without_nothing
from cli.terminal import terminal

MOST_LEVELS = 6
SHOWN = 5
DIFFERENCES = ("surplus", "wrong_holder", "wrong_state", "wrong_package", "unreadable", "repeated")


@command()
@click.argument("package")
@click.option(
    "--depth", type=click.IntRange(1, MOST_LEVELS), help="Levels of packages to list; default: 1."
)
@click.option("--codes", "out", type=OUT, help="Write every code of it to this file; - for output.")
def contents(package: str, depth: int | None, out: str | None) -> None:
    """Tell what is in a package, counted to any depth.

    PACKAGE is an SSCC, or the code of a group pack, set or bundle.
    """
    service = with_key()
    if out:
        with service.stream(f"/packages/{package}/codes") as pieces:
            save(out, pieces)
        return
    found = service.post("/contents", {"package": package, "depth": depth or 1})
    blocked = ", blocked" if found["blocked"] else ""
    around = f", in {short(found['parent'])}" if found["parent"] else ""
    on_its_way = f", in transfer {found['transfer']}" if found["transfer"] else ""
    lines = [
        f"{found['kind'].lower()}: {found['units']:,} units{blocked}{around}{on_its_way}",
        f"  held by {found['holder']['name']}, {found['holder']['member_state']}",
        *(f"  {counted(one)}" for one in found["summary"]),
        *(f"  {inside(one)}" for one in found["packages"]),
        *(f"  loose: batch {one['batch']}, {one['count']} units" for one in found["runs"]),
    ]
    terminal().answer(found, *lines, brief=found["units"])


def counted(one: dict[str, Any]) -> str:
    lot = f", lot {one['lot']['lot_number']}" if (one["lot"] or {}).get("lot_number") else ""
    blocked = ", blocked" if one["blocked"] else ""
    status = one["status"].replace("_", " ").lower()
    return f"{one['units']:,} of {one['gtin']} ({one['product_group']}, {status}{blocked}{lot})"


def inside(one: dict[str, Any]) -> str:
    indent = "  " * one["level"]
    return f"{indent}{one.get('sscc') or one.get('code')}: {one['units']:,} units"


@command()
@click.argument("file", type=FILE)
@click.option("--gtin", help="Only goods of this GTIN.")
@click.option("--group", "product_group", help="Only goods of this product group.")
@click.option("--batch", type=click.UUID, help="Only goods of this batch.")
def reconcile(file: str, **only: Any) -> Ending:  # noqa: ANN401 - options of many kinds
    """Compare what you hold with what the registry says you hold.

    FILE has a code or an SSCC a line, or a package, a TAB and what lies in it. The exit code is 3
    where anything differs.
    """
    service, source = with_key(), Source(file)
    with terminal().progress(f"Sending {source.path}", source.size, then="Comparing") as advance:
        question = Question(
            "POST",
            "/reconciliations/file",
            without_nothing(**only),
            None,
            lambda: source.pieces(advance),
            {"Content-Type": "text/plain", "Content-Length": str(source.size)},
        )
        found = service.document(service.ask(question))
    terminal().answer(found, *compared(found), brief=found["matched"])
    differs = found["missing"]["units"] or any(found[name]["lines"] for name in DIFFERENCES)
    return Ending.PARTLY if differs else Ending.DONE


def compared(found: dict[str, Any]) -> Iterator[str]:
    """What is as it should be, and what is not, with a few lines of each."""
    yield f"{found['lines']:,} lines, {found['matched']:,} units as they should be"
    missing = found["missing"]
    if missing["units"]:
        yield f"  missing: {missing['units']:,} units that the registry says you hold"
        for package in missing["packages"][:SHOWN]:
            yield f"    {short(package)}: {package['units']:,} units"
        for run in missing["runs"][:SHOWN]:
            yield f"    batch {run['batch']}, {run['count']:,} units from {run['first']}"
    for name in DIFFERENCES:
        if found[name]["lines"]:
            yield f"  {name.replace('_', ' ')}: {found[name]['lines']:,} lines"
            for line in found[name]["examples"][:SHOWN]:
                yield f"    line {line['line']}: {line.get('code') or line.get('sscc') or ''}"


@command()
@click.option("--after", help="The cursor that the last page ended with; default: the start.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
def changes(after: str | None, limit: int) -> None:
    """List what concerns you, in the order in which it was recorded.

    The cursor after the last line leads on: every event is told once, and none is missed.
    """
    found = with_key().get("/changes", after=after, limit=limit)
    rows = [
        (
            one["event"],
            at(one["recorded_at"]),
            one["kind"].replace("_", " ").lower(),
            one["participant"]["name"],
            one["details"].get("transfer") or one["details"].get("gtin"),
        )
        for one in found["events"]
    ]
    columns = ("event", "recorded (UTC)", "what", "who", "about")
    screen = terminal()
    screen.listing(found, columns, rows)
    screen.note(f"→ go on with --after {found['next']}")
