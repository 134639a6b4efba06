"""Products: one by one, and from files."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import click
import httpx2

from cli.client import FIRST_REFUSAL, Service, connected, problem, tell_repeat, with_key
from cli.faults import Ending, Refused
from cli.files import Source, beside
from cli.identity import derived
from cli.options import FILE, Group, Pair, request_id, without_nothing
from cli.participants import pages
from cli.terminal import terminal

ROWS_SHOWN = 20
CSV = "text/csv"
SHEETS = (CSV, "text/tab-separated-values")
BINARY = {"Content-Type": "application/octet-stream"}
ROWS_WRONG = "/problems/rows-wrong"


@click.group(cls=Group)
def product() -> None:
    """Register products, one by one or from a file."""


@product.command()
@click.argument("gtin")
@click.option("--group", "product_group", required=True, help="Code, number, name or alias.")
@click.option("--name", required=True)
@click.option(
    "--translation",
    "translations",
    type=Pair(),
    multiple=True,
    metavar="LANGUAGE=NAME",
    help="The name in en, hy, be, kk or ky; as often as needed.",
)
@click.option("--brand")
@click.option("--category")
@click.option("--tnved", help="4, 6, 8 or 10 digits.")
def add(gtin: str, translations: tuple[tuple[str, str], ...], **card: str | None) -> None:
    """Register a product, or change its card."""
    body = without_nothing(**card) | ({"translations": dict(translations)} if translations else {})
    found = with_key().put(f"/products/{gtin}", body)
    terminal().answer(
        found,
        f"{found['gtin']} {found['name']} ({found['product_group']}), version {found['version']}",
        *(f"! {warning}" for warning in found["warnings"]),
        f"→ tamga batch register {found['gtin']} --quantity 1000",
        brief=found["gtin"],
    )


@product.command()
@click.argument("gtin")
def show(gtin: str) -> None:
    """Show a product's card."""
    found = connected().get(f"/products/{gtin}")
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in flat(found) if value]
    terminal().answer(found, *lines, brief=found["name"])


def flat(card: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in card.items():
        if isinstance(value, Mapping):
            yield from ((f"{name} {inner}", text) for inner, text in value.items())
        else:
            yield name, value


@product.command("list")
@click.option("--group", "product_group", help="Of this product group alone.")
@click.option("--all", "everybody", is_flag=True, help="Not yours alone.")
def list_all(product_group: str | None, *, everybody: bool) -> None:
    """List your products."""
    service = with_key()
    found = list(
        pages(service, "/products", "products", mine=not everybody, product_group=product_group)
    )
    terminal().listing(
        found,
        ("gtin", "group", "brand", "name"),
        [(one["gtin"], one["product_group"], one["brand"], one["name"]) for one in found],
    )


@product.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--mode",
    type=click.Choice(("all", "good-rows")),
    default="all",
    show_default=True,
    help="All rows or none, or the good ones.",
)
@click.option("--dry-run", is_flag=True, help="Tell, and record nothing.")
@request_id
def import_file(file: str, mode: str, given_id: UUID | None, *, dry_run: bool) -> Ending:
    """Register the products of a CSV, TSV or XLSX file.

    Needs the columns gtin, product_group and name; takes brand, category, tnved and names in
    other languages (name_hy). The same file again changes nothing. Where rows are wrong, the file
    is written again as FILE.errors.csv, with what is wrong in two more columns: mend and send it.
    """
    service = with_key()
    source = Source(file)
    request = derived(service, given_id, "product import", source.digest, mode)
    asked = {"mode": mode, "dry_run": dry_run}
    response = sent(service, source, request, asked)
    found = (
        problem(response) if response.status_code >= FIRST_REFUSAL else service.document(response)
    )
    if "type" in found and found["type"] != ROWS_WRONG:
        raise Refused(found, service.url)
    counts, errors = found["counts"], None
    if counts["wrong"]:
        errors = beside(file, ".errors.csv")
        errors.write_bytes(annotated(service, source, request, asked))
    ending = tell_import(found, None if errors is None else str(errors))
    if not dry_run:
        tell_repeat(response)
    return ending


def sent(service: Service, source: Source, request: UUID, asked: dict[str, Any]) -> httpx2.Response:
    """Send the file, with a bar while it travels and is read."""
    then = "Reading the rows"
    with terminal().progress(f"Sending {source.path}", source.size, then=then) as advance:
        return service.upload(
            f"/imports/{request}",
            lambda: source.pieces(advance),
            BINARY | {"Content-Length": str(source.size), "Accept": "application/json"},
            id=request,
            parameters=asked,
        )


def annotated(service: Service, source: Source, request: UUID, asked: dict[str, Any]) -> bytes:
    """The file with what is wrong in it: what was recorded is told again, nothing is done twice."""
    headers = BINARY | {"Content-Length": str(source.size), "Accept": CSV}
    response = service.upload(
        f"/imports/{request}", source.pieces, headers, id=request, parameters=asked
    )
    if not response.headers.get("Content-Type", "").startswith(SHEETS):
        raise Refused(problem(response), service.url)
    return response.content


def tell_import(found: dict[str, Any], errors: str | None) -> Ending:
    """Counts per outcome, the first wrong rows, and where the rest is; the exit code."""
    counts = found["counts"]
    refused = "type" in found or (found["mode"] == "all" and counts["wrong"] > 0)
    head = "Imported" if found.get("recorded") else "Would import"
    if refused:
        head = "Nothing was imported"
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    terminal().answer(found, f"{head}: {found['rows']:,} rows, {told or 'none'}.", brief=told)
    wrong = found.get("wrong_rows", [])[:ROWS_SHOWN]
    if wrong:
        columns = ("row", "column", "value", "sentence", "hint")
        terminal().table(columns, [[item[name] for name in columns] for item in wrong])
    for doubt in found.get("warnings", [])[:ROWS_SHOWN]:
        terminal().note(f"! row {doubt['row']}: {doubt['sentence']}")
    for column in found.get("ignored_columns", []):
        terminal().note(f"! The column {column} was left out.")
    if errors:
        terminal().note(f"→ {errors} says what is wrong in each row: mend it and import it.")
    return ending_of(counts, refused=refused)


def ending_of(counts: Mapping[str, int], *, refused: bool) -> Ending:
    if not counts["wrong"]:
        return Ending.DONE
    taken = sum(counts.values()) - counts["wrong"]
    return Ending.REFUSED if refused or not taken else Ending.PARTLY
