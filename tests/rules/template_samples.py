"""Templates as they really occur, under one GTIN or another, and published codes made by them."""

from pathlib import Path
from typing import NamedTuple

from domain.catalogue.templates import Family, Template
from domain.standards.alphabets import Alphabet

VECTORS = Path(__file__).parent.parent / "vectors"


def _template(name, family, serial_length, *, digit=True, optional=(), **more):
    return Template(
        name=name,
        product_group=name,
        number=None,
        family=family,
        serial_length=serial_length,
        alphabet=more.pop("alphabet", Alphabet.SET_82),
        state_digit=digit,
        package_kind="UNIT",
        optional=optional,
        confidence="H",
        **more,
    )


TEMPLATES = {
    template.name: template
    for template in (
        _template("s6", Family.S, 6, optional=("3103",)),
        _template("s7", Family.S, 7, optional=("335",)),
        _template("s7-foreign", Family.S, 7, digit=False),
        _template("s13", Family.S, 13),
        _template("s20", Family.S, 20),
        _template("l44-6", Family.L44, 6),
        _template("l44-13", Family.L44, 13),
        _template("l44-20", Family.L44, 20),
        _template("l88-13", Family.L88, 13, optional=("240",), digit_optional=True),
        _template("pharma", Family.L44, 13, digit=False, alphabet=Alphabet.DIGITS),
        _template("block", Family.S, 7, digit=False, optional=("8005",)),
        _template("pack", Family.T29, 7, digit=False),
    )
}


class SampleCode(NamedTuple):
    """A line of `sample_codes.tsv`."""

    name: str
    template: str
    code: str
    gtin: str
    serial: str
    key_id: str | None
    verification_code: str
    price_minor: int | None
    measures: tuple[tuple[str, str], ...]

    @property
    def templates(self):
        return {self.gtin: (TEMPLATES[self.template],)}


def rows(name):
    """The fields of a vector file, GS written as its visible sign, `-` for what is not there."""
    lines = (VECTORS / name).read_text(encoding="utf-8").split("\n")
    filled = [line for line in lines if line and not line.startswith("# ")]
    return [
        tuple(
            None if field == "-" else field.replace("\u241d", "\x1d") for field in line.split("\t")
        )
        for line in filled[1:]
    ]


def _measures(written):
    return tuple(tuple(pair.split("=")) for pair in written.split(",")) if written else ()


SAMPLES = [
    SampleCode(
        name,
        template,
        code,
        gtin,
        serial,
        key_id,
        verified,
        int(price) if price else None,
        _measures(measures),
    )
    for name, template, code, gtin, serial, key_id, verified, price, measures in rows(
        "sample_codes.tsv"
    )
]
