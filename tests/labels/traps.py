"""Traps that lie in the way of labels, each a function from a source to where it stepped in.

They were met while libraries and printers were measured: none of them fails aloud, and all of them
end in a label that says something else than it should.
"""

import ast
import re
from collections.abc import Callable, Iterator

from tests.house.rules_of_code import EATS_SEPARATORS, imported_modules, takes_white_space
from tests.house.sources import Source, calls, strings

# Product names and layouts go through these, no codes; a refusal strips its own docstring.
SEES_NO_CODES = ("labels/text/", "labels/refusals.py")
WRITES_BRACKETS = "labels/symbols/hri.py"
DRAWS_BARS = "labels/symbols/linear.py"
READS_ITS_OWN = "labels/symbols/proof.py"
# libdmtx, under several names, drops separators when it reads and cannot write FNC1; the others
# have no FNC1 either, or leave it out in silence.
DROP_SEPARATORS = {"pylibdmtx", "arbez_dmtx", "pydmtx", "ppf", "pyzint", "treepoem"}
BRACKETED = re.compile(r"\((\{\}|\d{2,4})\)")
BX = re.compile(r"\^BX([^^]*)\^F")
DMATRIX = re.compile(r"DMATRIX (.*)")
DEFAULT_ESCAPES = {"", "_", "~"}  # of some printers one, of some the other


def separator_taken_for_space(source: Source) -> Iterator[str]:
    """0x1D is white space to Python's `str`, and a line's end to `splitlines`."""
    if source.path.startswith(SEES_NO_CODES):
        return
    for call, name in calls(source):
        if name.rpartition(".")[2] in EATS_SEPARATORS and takes_white_space(call):
            yield source.at(call, f"{name}() eats the separator")
    for node in strings(source):
        if re.search(r"(?<!\\)\\s", str(node.value)):
            yield source.at(node, r"\s matches the separator")


def encoder_trusted(source: Source) -> Iterator[str]:
    """zxing-cpp, given bytes, leaves FNC1 out and reports that it is there."""
    for call, name in calls(source):
        if name.rpartition(".")[2] in {"create_barcode", "write_barcode"}:
            yield source.at(call, f"{name}() tells of its options, not of its symbol")


def brackets_as_data(source: Source) -> Iterator[str]:
    """Brackets stand in serials: an AI in brackets is for people only, never for an encoder."""
    if not source.path.startswith("labels/symbols/") or source.path == WRITES_BRACKETS:
        return
    for node, text in templates(source):
        if BRACKETED.search(text):
            yield source.at(node, f"an AI in brackets: {text}")


def bars_by_a_writer(source: Source) -> Iterator[str]:
    """python-barcode checks nothing, and its writers draw no whole dots: only `build` is used."""
    for node in ast.walk(source.tree):
        for module in imported_modules(node):
            if module.split(".")[0] != "barcode":
                continue
            if source.path != DRAWS_BARS or module not in {
                "barcode.codex",
                "barcode.ean",
                "barcode.itf",
            }:
                yield source.at(node, f"{module}: bars are checked and built in {DRAWS_BARS}")
    if source.path == DRAWS_BARS:
        for call, name in calls(source):
            if name.rpartition(".")[2] in {"save", "write", "render"}:
                yield source.at(call, f"{name}() draws bars on no printer's dots")


def separators_dropped(source: Source) -> Iterator[str]:
    """Libraries that know no FNC1."""
    for node in ast.walk(source.tree):
        for module in imported_modules(node):
            if module.split(".")[0] in DROP_SEPARATORS:
                yield source.at(node, f"{module} knows no FNC1")


def reader_cut_short(source: Source) -> Iterator[str]:
    """Without its turns the reader finds a third; told that a picture is pure it sees only that."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.keyword):
            continue
        value = isinstance(node.value, ast.Constant) and node.value.value
        if node.arg == "try_rotate" and not value:
            yield source.at(node.value, "Data Matrix is not found without turns")
        if node.arg == "is_pure" and value and source.path != READS_ITS_OWN:
            yield source.at(node.value, "only what we drew ourselves is pure")


def escape_left_to_the_printer(source: Source) -> Iterator[str]:
    """Without all parameters of ^BX and the escape of DMATRIX, firmware chooses its own."""
    for node, text in templates(source):
        for parameters in BX.findall(text):
            values = parameters.split(",")
            if len(values) != 8 or values[6] in DEFAULT_ESCAPES or values[7] != "1":
                yield source.at(node, f"^BX{parameters} leaves the escape to the printer")
        for parameters in DMATRIX.findall(text):
            if not re.search(r",c(\d+|\{\}),", parameters):
                yield source.at(node, f"DMATRIX {parameters} has no escape")


def templates(source: Source) -> Iterator[tuple[ast.expr, str]]:
    """Every string but docstrings, an f-string as a whole with {} for what is filled in."""
    parts = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            parts.update(id(part) for part in node.values)
            yield (
                node,
                "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                ),
            )
    for node in strings(source):
        if id(node) not in parts:
            yield node, str(node.value)


TRAPS: tuple[Callable[[Source], Iterator[str]], ...] = (
    separator_taken_for_space,
    encoder_trusted,
    brackets_as_data,
    bars_by_a_writer,
    separators_dropped,
    reader_cut_short,
    escape_left_to_the_printer,
)
