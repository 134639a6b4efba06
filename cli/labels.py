"""Labels: layouts to look at, prints to order and to fetch, printers to send them to."""

import hashlib
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from cli import prints
from cli.client import Service, Unreachable, tell_repeat, with_key
from cli.faults import Ending, Failure
from cli.files import Source, save
from cli.identity import made_once
from cli.options import FILE, OUT, Group, all_of, request_id, without_nothing
from cli.prints import counted, proof
from cli.terminal import terminal
from labels.output.formats import Format

OF_UNITS, OF_PACKAGES = "roll-58x40", "logistic-100x150"
PICTURES = (".svg", ".png", ".pdf")
dpi_option = click.option("--dpi", type=click.IntRange(min=1), help="Default: the layout's.")


def at_work() -> Any:  # noqa: ANN401 - a module
    """What draws labels on this machine, see there."""
    return import_module("cli.layouts")


@click.group(cls=Group)
def labels() -> None:
    """Print labels of goods and packages; look at layouts, and at what was printed."""


@labels.command("layouts")
def list_layouts() -> None:
    """List the ready layouts."""
    found = list(at_work().listed())
    terminal().listing(found, at_work().LISTED, [list(one.values()) for one in found])


@labels.command("layout")
@click.argument("name")
def show_layout(name: str) -> None:
    """Print a ready layout as TOML, to begin one's own."""
    layout = at_work().chosen(name)
    if terminal().json:
        terminal().line_of_json({"layout": layout.name, "toml": layout.toml})
    else:
        click.echo(layout.toml, nl=False)


@labels.command()
@click.argument("layout", metavar="LAYOUT|FILE.toml")
@click.option(
    "--dpi",
    "resolutions",
    type=click.IntRange(min=1),
    multiple=True,
    help="A printer's; as often as needed.",
)
def check(layout: str, resolutions: tuple[int, ...]) -> Ending:
    """Check a layout of your own: what has room on it, and by which millimetre the rest has not.

    Nothing is asked of the service.
    """
    found = at_work().rooms(at_work().chosen(layout), resolutions)
    terminal().listing(found, at_work().ROOM, [list(one.values()) for one in found])
    fitting = sum(one["symbol"] is not None for one in found)
    if fitting == len(found):
        return Ending.DONE
    return Ending.PARTLY if fitting else Ending.REFUSED


@labels.command()
@click.argument("layout", metavar="LAYOUT|FILE.toml")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, writable=True),
    required=True,
    help="FILE.svg, FILE.png, FILE.pdf.",
)
@dpi_option
@click.option(
    "--sample", type=click.IntRange(1, 3), default=1, show_default=True, help="Which goods."
)
def preview(layout: str, out: str, dpi: int | None, sample: int) -> None:
    """Draw a layout as it will be printed, with goods that there are none of.

    Nothing is asked of the service.
    """
    path = Path(out)
    if path.suffix not in PICTURES:
        raise click.UsageError(f"{out}: a preview is a file of {', '.join(PICTURES)}.")
    path.write_bytes(at_work().draw(at_work().chosen(layout), path, dpi, sample))
    terminal().answer({"file": out}, f"A sample is in {out}.", brief=out)


@labels.command("test-page")
@click.argument("layout", metavar="LAYOUT|FILE.toml")
@click.option("-o", "--out", type=OUT, help="File to write; default: the layout's name.")
@dpi_option
def test_page(layout: str, out: str | None, dpi: int | None) -> None:
    """Write a page with rulers: print it, and see how the printer scales and shifts."""
    found = at_work().chosen(layout)
    path = out or f"{found.name}-test-page.pdf"
    save(path, [at_work().measure(found, dpi)])
    terminal().answer(
        {"file": path},
        f"{path}: print it at 100 %, and lay a ruler on it.",
        brief=path,
    )


goods_options = (
    click.option("--batch", type=click.UUID, help="Units of this batch: all, or a run of it."),
    click.option("--first", type=click.IntRange(min=0), help="From this unit on; counted from 0."),
    click.option("--count", type=click.IntRange(min=1), help="So many units."),
    click.option("--code", "codes", multiple=True, help="A scanned code; as often as needed."),
    click.option("--file", type=FILE, help="Scanned codes, one a line."),
    click.option("--package", "packages", multiple=True, help="An SSCC; as often as needed."),
)
look_options = (
    click.option(
        "--layout",
        help=f"A ready one, or FILE.toml.  [default: {OF_UNITS}; of packages {OF_PACKAGES}]",
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice([form.value for form in Format]),
        default=Format.PDF.value,
        show_default=True,
    ),
    dpi_option,
    click.option("--copies", type=click.IntRange(min=1), help="Of each label."),
    click.option("--start", type=click.IntRange(min=1), help="First free position of the sheet."),
    click.option("--no-cut-marks", is_flag=True, help="Without crosses where sheets are cut."),
    click.option("--qr", is_flag=True, help="With QR codes that lead to the units' histories."),
)
reason_option = click.option("--reason", help="Why goods are printed again.")


@labels.command("print")
@all_of(*goods_options, *look_options)
@reason_option
@click.option("--dry-run", is_flag=True, help="Tell what would be printed, and record nothing.")
@click.option("-o", "--out", type=OUT, help="File to write, - for the standard output.")
@click.option("--order-only", is_flag=True, help="Record the print; fetch or send it later.")
@request_id
def print_labels(given_id: UUID | None, out: str | None, **told: Any) -> None:  # noqa: ANN401
    """Print labels of a batch, of codes or of packages.

    Every symbol is read back before it leaves. Who printed what, and why again, stays on record.
    """
    body = order(told)
    service, request = with_key(), made_once(given_id)
    response = service.change(f"/prints/{request}", body, id=request, dry_run=told["dry_run"])
    found = service.document(response)
    if told["dry_run"]:
        terminal().answer(found, f"Would print {counted(found)}.", brief=found["labels"])
        return
    tell_repeat(response)
    if told["order_only"]:
        terminal().answer(
            found,
            f"Ordered {counted(found)}.",
            f"→ tamga labels send {request} --printer NAME",
            brief=request,
        )
        return
    # A repeated request fetches again; the reason that it was ordered with is the reason for that.
    fetch(service, request, out, told["reason"])


def order(told: dict[str, Any]) -> dict[str, Any]:
    """What is to be printed, as the service takes it."""
    codes = [*told["codes"], *(Source(told["file"]).lines() if told["file"] else ())]
    packages = list(told["packages"])
    if sum(map(bool, (told["batch"], codes, packages))) != 1:
        raise click.UsageError("Which goods? Name --batch, or codes, or --package.")
    if (told["first"] is not None or told["count"]) and not told["batch"]:
        raise click.UsageError("--first and --count are of a --batch.")
    named = told["layout"] or (OF_PACKAGES if packages else OF_UNITS)
    own = named == "-" or named.endswith(".toml")
    return without_nothing(
        batch=told["batch"],
        first=told["first"],
        count=told["count"],
        codes=codes or None,
        packages=packages or None,
        layout=None if own else named,
        layout_toml=at_work().chosen(named).toml if own else None,
        format=told["form"],
        dpi=told["dpi"],
        copies=told["copies"],
        start=told["start"],
        cut_marks=False if told["no_cut_marks"] else None,
        qr=told["qr"] or None,
        reason=told["reason"],
    )


@labels.command()
@click.argument("print_id", metavar="PRINT", type=click.UUID)
@click.option("--reason", required=True, help="Why it is printed again.")
@click.option("-o", "--out", type=OUT, help="File to write, - for the standard output.")
def reprint(print_id: UUID, reason: str, out: str | None) -> None:
    """Fetch the labels of a print again, byte for byte as they were."""
    fetch(with_key(), print_id, out, reason)


def fetch(service: Service, request: UUID, out: str | None, reason: str | None) -> None:
    """The labels as a file, which has its name when it is whole and what was recorded of it."""
    ordered = service.get(f"/prints/{request}")
    path = out or f"labels-{request}{Format(ordered['format']).suffix}"
    with terminal().waiting(f"Printing {ordered['labels']:,} labels"):
        try:
            with service.stream(f"/prints/{request}/labels", reason=reason) as pieces:
                store(path, compared(pieces, service, request))
        except Unreachable as broken:
            raise broken_off(broken, request, out) from broken
    record = service.get(f"/prints/{request}")
    if path == "-":  # where the file itself went
        terminal().note(f"{counted(record)}: {proof(record['file'])}.")
        return
    terminal().answer(
        record | {"saved": path},
        f"{path}: {counted(record)}.",
        f"  {proof(record['file'])}",
        f"  print {request}",
        brief=path,
    )


def compared(pieces: Iterable[bytes], service: Service, request: UUID) -> Iterator[bytes]:
    """The same pieces; fails at their end if they are not what the service has on record."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    made = service.get(f"/prints/{request}")["file"]
    if made is None or made["sha256"] != digest.hexdigest():
        raise Failure(
            f"What came is not what is on record of print {request}.",
            more=["→ Do not use it; tell your operator."],
            ending=Ending.FAULT,
        )


def store(path: str, pieces: Iterable[bytes]) -> None:
    """Write the file, under its name when all of it is there."""
    if path == "-":
        save(path, pieces)
        return
    part = Path(path).with_name(f"{Path(path).name}.part")
    try:
        save(str(part), pieces)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def broken_off(broken: Unreachable, request: UUID, out: str | None) -> Failure:
    again = f"tamga labels reprint {request} --reason 'the download broke off'"
    return Failure(
        "The labels broke off; nothing was written.",
        more=[*broken.more[:1], f"→ {again}" + (f" -o {out}" if out else "")],
        ending=Ending.UNREACHABLE,
    )


for of_a_print in (prints.ledger, prints.show, prints.printers, prints.send):
    labels.add_command(of_a_print)
