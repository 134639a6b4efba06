"""Taking a code apart without the service: what it says, and what a scanner did to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from cli.faults import Ending, Failure
from cli.files import Source
from cli.options import command
from cli.terminal import terminal
from domain.catalogue.groups import catalogue
from domain.catalogue.templates import Template
from domain.codes import intake
from domain.codes.readings import REPAIRS, Intake, Reading
from domain.errors import UnknownProductGroup


@command()
@click.argument("codes", nargs=-1)
@click.option("--group", help="The product group: a damaged code can be read for sure by it.")
def parse(codes: tuple[str, ...], group: str | None) -> Ending:
    """Take a code apart, without asking the service.

    Without a code, or with -, the lines of the input are read. Shows what a scanner or a keyboard did to the code and how that was repaired. Whether the code
    is genuine only `tamga verify` can tell.
    """
    templates = templates_of(group) if group else None
    lines = codes if codes and codes != ("-",) else Source("-").lines()
    endings = {tell(read(line, templates)) for line in lines}
    if len(endings) > 1:
        return Ending.PARTLY
    return next(iter(endings), Ending.DONE)


def templates_of(group: str) -> Sequence[Template]:
    try:
        return catalogue().templates_of(group)
    except UnknownProductGroup as refused:
        known = ", ".join(catalogue().groups)
        raise Failure(refused.title, more=[f"{group} is none of {known}."]) from None


def read(raw: str, templates: Sequence[Template] | None) -> Intake:
    """What the scan says, by the templates of its group, or by its structure alone."""
    known: Mapping[str, Sequence[Template]] = {}
    if templates is not None:
        known = dict.fromkeys(intake.gtins(raw), templates)
    return intake.read(raw, known)


def tell(found: Intake) -> Ending:
    """Every reading, with its parts and repairs."""
    screen = terminal()
    brief = found.reading.identification_code if found.reading else found.problem
    if screen.json or screen.quiet:
        screen.answer(document(found), brief=brief)
        return ending(found)
    if found.problem:
        screen.say(screen.paint(f"{found.problem}: {found.detail}", "yellow"))
    if found.sscc:
        screen.say(f"transport package, SSCC {found.sscc.sscc}")
        tell_repairs(found.sscc.repairs)
    for reading in found.readings:
        screen.say(reading.marking_code)
        for name, value in parts(reading):
            screen.say(f"  {name}: {value}")
        tell_repairs(reading.repairs)
    if found.problem == "ambiguous":
        screen.say("→ Name the product group with --group, or scan with the separators kept.")
    return ending(found)


def ending(found: Intake) -> Ending:
    return Ending.REFUSED if found.problem else Ending.DONE


def parts(reading: Reading) -> Iterable[tuple[str, object]]:
    """The parts of a code by name, those that are there."""
    told = [
        ("GTIN", reading.gtin),
        ("serial", reading.serial),
        ("key id (91)", reading.key_id),
        ("verification code", reading.verification_code),
        ("price", reading.price_minor),
        *((f"AI {ai}", value) for ai, value in reading.measures),
        ("template", " or ".join(template.name for template in reading.templates)),
    ]
    return [(name, value) for name, value in told if value not in (None, "")]


def tell_repairs(repairs: Sequence[str]) -> None:
    for repair in repairs:
        terminal().say(f"  repaired: {REPAIRS[repair]}")


def document(found: Intake) -> dict[str, Any]:
    return {
        "problem": found.problem,
        "detail": found.detail,
        "sscc": asdict(found.sscc) if found.sscc else None,
        "readings": [
            {
                "code": reading.identification_code,
                "marking_code": reading.marking_code,
                "gtin": reading.gtin,
                "serial": reading.serial,
                "verification_key_id": reading.key_id,
                "verification_code": reading.verification_code,
                "price_minor": reading.price_minor,
                "measures": dict(reading.measures),
                "templates": [template.name for template in reading.templates],
                "repairs": list(reading.repairs),
            }
            for reading in found.readings
        ],
    }
