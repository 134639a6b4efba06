"""The printers that the operator allows: a name for each, and where it listens.

Labels go to a printer by its name and to nothing else, so that no caller chooses an address. What
a host name leads to, and whether an address is one that should be reached, is the operator's care.
"""

import re
from enum import StrEnum
from typing import NamedTuple

PORT = 9100  # where printers take what is to be printed as it is


class Dialect(StrEnum):
    """The language of a printer, and of its answers."""

    ZPL = "zpl"
    TSPL = "tspl"
    EPL = "epl"


class Printer(NamedTuple):
    """A printer in the network."""

    name: str
    host: str
    port: int
    dialect: Dialect


class InvalidPrinter(ValueError):
    """The text names no printer: `name=host`, `name=host:9100/zpl`, `name=[::1]:9100/tspl`."""


WRITTEN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._-]{0,39})="
    r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<host>[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/(?P<dialect>[a-z]+))?",
    re.IGNORECASE | re.ASCII,
)


def parse(text: str) -> Printer:
    """A printer as the operator writes it; port 9100 and ZPL unless said otherwise."""
    found = WRITTEN.fullmatch(text.strip(" "))
    if found is None:
        raise InvalidPrinter(f"{text!r} is not of the form name=host:port/dialect.")
    port = int(found["port"] or PORT)
    if not 0 < port < 1 << 16:
        raise InvalidPrinter(f"{text!r}: there is no port {port}.")
    dialect = (found["dialect"] or Dialect.ZPL).lower()
    if dialect not in {known.value for known in Dialect}:
        known = ", ".join(Dialect)
        raise InvalidPrinter(f"{text!r}: a printer speaks {known}, not {dialect}.")
    return Printer(found["name"], found["address"] or found["host"], port, Dialect(dialect))


def parse_all(text: str) -> dict[str, Printer]:
    """The printers of a list with commas between them, by name."""
    printers: dict[str, Printer] = {}
    for one in filter(None, (part.strip(" ") for part in text.split(","))):
        printer = parse(one)
        if printer.name in printers:
            raise InvalidPrinter(f"{printer.name!r} is the name of two printers.")
        printers[printer.name] = printer
    return printers
