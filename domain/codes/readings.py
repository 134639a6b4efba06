"""What the intake answers: how a scan can be read, and what had to be repaired for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.catalogue.templates import Family, Template
from domain.standards import cigarette_pack, element_string
from domain.standards.element_string import Element
from domain.standards.keyboard_layouts import LAYOUTS

Measures = tuple[tuple[str, str], ...]

REPAIRS: Mapping[str, str] = {
    "whitespace": "Blanks around the code were dropped.",
    "aim-prefix": "The scanner's symbology identifier was dropped.",
    "gs-leading": "A separator before the code was dropped.",
    "gs-trailing": "A separator after the code was dropped.",
    "gs-lost": "A lost separator was put back.",
    "gs-as-space": "A space was taken for the separator.",
    "gs-as-029": "029 was taken for the separator.",
    "gs-as-29": "29 was taken for the separator.",
    "gs-as-text": "A separator written out as text was put back.",
    "gs-as-sign": "The visible sign for the separator was put back.",
    "gs-as-e8": "The byte E8 was taken for the separator.",
    "brackets": "Brackets around application identifiers were dropped.",
    "digital-link": "The code was taken from a GS1 Digital Link.",
    "fiscal-tag": "The code was taken from fiscal tag 1162.",
    "without-ais": "A pack's code without its price and check was given its identifiers.",
    "element-order": "The elements were put into their usual order.",
    "caps-lock": "Capital and small letters were exchanged: Caps Lock was on.",
    **{
        f"keyboard-{layout.name}": "Letters of another keyboard layout were turned back."
        for layout in LAYOUTS
    },
}

PROBLEMS: Mapping[str, str] = {
    "empty": "There is no code.",
    "too-long": "This is too long for a code.",
    "unrecognised": "This is not a marking code.",
    "check-digit": "A check digit is wrong.",
    "no-serial": "This names a product, not a unit of it: the serial is missing.",
    "no-template": "The GTIN is known, and none of its code templates fits.",
    "not-gs1": "The GTIN is not known here, and the rest is not a GS1 element string.",
    "ambiguous": "The code can be read in more than one way.",
}

# The order elements have in a marking code; others follow as they came.
PRINTED_ORDER = ("01", "21", "240", "8005", "91", "92", "93")
NOT_MEASURES = ("01", "21", "8005", "91", "92", "93")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a scan.

    `templates` are those of the GTIN that the cut fits: more than one where they are cut alike,
    none for a GTIN nobody told about. `serial_fits`: the serial has its alphabet and first
    character; where not, only a registered serial can be meant. `measures` are all further
    elements: 240, 3103, 335y and what else stood in the code.
    """

    gtin: str
    serial: str
    templates: tuple[Template, ...]
    serial_fits: bool
    key_id: str | None
    verification_code: str | None
    price_minor: int | None
    measures: Measures
    marking_code: str  # canonical; the identification code where no verification code was read
    repairs: tuple[str, ...]  # slugs of REPAIRS; empty for a code that is exact as it is

    @property
    def template(self) -> Template | None:
        """The one template that fits; None where several or none do."""
        return self.templates[0] if len(self.templates) == 1 else None

    @property
    def identification_code(self) -> str:
        return f"01{self.gtin}21{self.serial}"

    @property
    def tail(self) -> str:
        """What follows the serial on the label, separators included."""
        if self.marking_code.startswith(self.identification_code):
            return self.marking_code[len(self.identification_code) :]
        return self.marking_code[len(self.gtin) + len(self.serial) :]

    @property
    def is_complete(self) -> bool:
        """Whether this is a marking code, not an identification code alone."""
        return self.verification_code is not None


@dataclass(frozen=True, slots=True)
class SsccReading:
    """A scan that names a transport package."""

    sscc: str
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """What a scan says. `problem` is a slug of PROBLEMS unless exactly one reading stands."""

    readings: tuple[Reading, ...]
    sscc: SsccReading | None = None
    problem: str | None = None
    detail: str | None = None  # one sentence about this scan, where there is a problem

    @property
    def reading(self) -> Reading | None:
        """The one reading of a unit's code, if there is exactly one."""
        return self.readings[0] if len(self.readings) == 1 else None


def of_elements(
    elements: Sequence[Element], templates: Sequence[Template], repairs: tuple[str, ...]
) -> Reading:
    """Give the reading of the elements of a code; AI 01 and 21 must be among them."""
    values = dict(elements)
    gtin, serial = values["01"], values["21"]
    code = values.get("92") or values.get("93")
    price = values.get("8005")
    ordered = [Element(ai, values[ai]) for ai in PRINTED_ORDER if ai in values]
    ordered += [element for element in elements if element.ai not in PRINTED_ORDER]
    if ordered != list(elements):
        repairs = (*repairs, "element-order")
    return Reading(
        gtin=gtin,
        serial=serial,
        templates=tuple(templates),
        serial_fits=any(fits(template, serial) for template in templates),
        key_id=values.get("91"),
        verification_code=code,
        price_minor=int(price) if price else None,
        measures=tuple((ai, value) for ai, value in ordered if ai not in NOT_MEASURES),
        marking_code=element_string.build(ordered) if code else f"01{gtin}21{serial}",
        repairs=repairs,
    )


def of_pack(
    gtin: str,
    serial: str,
    price_and_check: tuple[str, str] | None,
    templates: Sequence[Template],
    repairs: tuple[str, ...],
) -> Reading:
    """Give the reading of a cigarette pack's code, whole or without price and check."""
    price, check = price_and_check or (None, None)
    return Reading(
        gtin=gtin,
        serial=serial,
        templates=tuple(templates),
        serial_fits=any(fits(template, serial) for template in templates),
        key_id=None,
        verification_code=check,
        price_minor=cigarette_pack.decode_price(price) if price else None,
        measures=(),
        marking_code=f"{gtin}{serial}{price}{check}" if price else f"01{gtin}21{serial}",
        repairs=repairs if price else (*repairs, "without-ais"),
    )


STATE_DIGITS = frozenset("12345")


def fits(template: Template, serial: str) -> bool:
    """Whether a serial of the right length is one that this template would issue."""
    if template.state_digit and not template.digit_optional and serial[0] not in STATE_DIGITS:
        return False
    return set(serial) <= set(template.alphabet.characters)


def has_its_tail(template: Template, values: Mapping[str, str]) -> bool:
    """Whether 91, 92 and 93 are all there in the template's lengths, or none of them."""
    lengths = {ai: len(values[ai]) for ai in ("91", "92", "93") if ai in values}
    return not lengths or lengths == TAILS[template.family]


TAILS: Mapping[Family, Mapping[str, int]] = {
    Family.S: {"93": 4},
    Family.L44: {"91": 4, "92": 44},
    Family.L88: {"91": 4, "92": 88},
    Family.T29: {},
}


def merged(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Join readings that say the same, keeping the least repaired of them."""
    distinct: dict[tuple[object, ...], Reading] = {}
    for reading in readings:
        said = (
            reading.gtin,
            reading.serial,
            reading.key_id,
            reading.verification_code,
            reading.price_minor,
            reading.measures,
        )
        other = distinct.setdefault(said, reading)
        if other is reading:
            continue
        templates = tuple(dict.fromkeys(other.templates + reading.templates))
        lesser = min(other, reading, key=lambda one: len(one.repairs))
        distinct[said] = replace(
            lesser, templates=templates, serial_fits=other.serial_fits or reading.serial_fits
        )
    return tuple(distinct.values())
