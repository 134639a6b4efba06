"""What may a scan say? Pure policy: no registry is asked, and nothing is guessed.

First a code is taken as it is. What cannot be read so is repaired, for every way it may have
been damaged, under the templates of the GTINs it may name; where two readings remain, both are
told. Call `gtins` to learn whose templates are needed, then `read`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from domain.catalogue.templates import Template
from domain.codes import shapes, structure
from domain.codes.artefacts import AIM_PREFIX, BEFORE_AI, BEFORE_DIGITS, BLANKS, SPACES
from domain.codes.readings import PROBLEMS, Intake, Reading, SsccReading, merged
from domain.standards import digital_link, element_string, gs1_keys
from domain.standards import keyboard_layouts as keyboards

Templates = Mapping[str, Sequence[Template]]
Text = tuple[str, tuple[str, ...]]  # a text, and what was done to the scan to get it
One = TypeVar("One", Reading, SsccReading, Reading | SsccReading)
Found = Sequence[Reading | SsccReading]

LONGEST = 1_000  # the longest code as a Digital Link with every character escaped is half of that
CODE_START = re.compile(
    f"{BEFORE_AI}(?:01|{shapes.FIRST_AI}{SPACES})(?P<gtin>[0-9]{{14}})(?P<rest>.*)", re.DOTALL
)
PACK_START = re.compile(f"{BEFORE_DIGITS}(?P<gtin>[0-9]{{14}}).{{7}}", re.DOTALL)
PACKAGE_START = re.compile(rf"{BEFORE_AI}(?:00|[(\[]00[)\]]{SPACES})(?P<sscc>[0-9]{{18}})")
PRODUCT = re.compile(f"{BLANKS}(?:{AIM_PREFIX})?(?P<gtin>[0-9]{{8}}|[0-9]{{12,14}}){BLANKS}")


def gtins(raw: str) -> frozenset[str]:
    """Give the GTINs that any reading of the scan would name."""
    if len(raw) > LONGEST:
        return frozenset()
    named = frozenset(_named(raw))
    if named and raw.isascii():
        return named
    return frozenset(gtin for text, _ in _every_text(raw) for gtin in _named(text))


def read(raw: str, templates: Templates, *, caps_lock: bool = False) -> Intake:
    """Give every reading of the scan; `templates` are those of the GTINs that are registered.

    Caps Lock is supposed only where nothing can be read without it, or if the caller says so:
    a caller whose registry does not know what was read may ask again with `caps_lock`.
    """
    if not caps_lock and (exact := _exact(raw, templates)):
        return Intake((exact,))
    if problem := _unfit(raw):
        return Intake((), problem=problem, detail=PROBLEMS[problem])
    for is_locked in (True,) if caps_lock else (False, True):
        if found := _read_typed(raw, templates, is_locked=is_locked):
            return _told(found)
    problem, detail = _diagnosis([text for text, _ in _every_text(raw)], templates)
    return Intake((), problem=problem, detail=detail)


def _exact(raw: str, templates: Templates) -> Reading | None:
    """Read the common case: one whole marking code, nothing to repair."""
    for gtin in (raw[2:16], raw[:14]):
        found = [
            reading
            for template in templates.get(gtin, ())
            if (reading := shapes.read_exact(shapes.shape(template), raw))
        ]
        if found:
            return found[0] if len(found) == 1 else merged(found)[0]
    return None


def _unfit(raw: str) -> str | None:
    if not raw or raw.isspace():
        return "empty"
    return "too-long" if len(raw) > LONGEST else None


def _read_typed(raw: str, templates: Templates, *, is_locked: bool) -> Found:
    """Read the scan as typed on a US keyboard, and on every other that may have typed it.

    A foreign layout betrays itself by its letters, so plain ASCII that reads well is left alone.
    """
    sent: Text = (keyboards.caps_lock(raw), ("caps-lock",)) if is_locked else (raw, ())
    found = _read_texts([sent], templates)
    if found and raw.isascii():
        return found
    return _read_texts([sent, *_retyped(sent)], templates)


def _read_texts(texts: Sequence[Text], templates: Templates) -> Found:
    """Prefer what a template would issue, then what one cuts, then plain structure."""
    cut = [
        _after(done, reading)
        for text, done in texts
        for template in _templates_named(text, templates)
        for reading in shapes.read_damaged(shapes.shape(template), text)
    ]
    if cut:
        return [reading for reading in cut if reading.serial_fits] or cut
    found = [
        _after(done, reading) for text, done in texts for reading in structure.read(text, templates)
    ]
    known = [one for one in found if isinstance(one, Reading) and one.templates]
    return [reading for reading in known if reading.serial_fits] or known or found


def _told(found: Found) -> Intake:
    """Tell all readings, and say so where they are more than one."""
    readings = merged([one for one in found if isinstance(one, Reading)])
    packages = {one.sscc: one for one in reversed(found) if isinstance(one, SsccReading)}
    sscc = next(iter(packages.values()), None)
    count = len(readings) + len(packages)
    if count == 1:
        return Intake(readings, sscc)
    # Never the marking codes: what is said here may end up in a log.
    detail = f"{count} readings: {', '.join(one.identification_code for one in readings)}."
    return Intake(readings, sscc, "ambiguous", detail)


def _after(done: tuple[str, ...], one: One) -> One:
    return replace(one, repairs=(*done, *one.repairs)) if done else one


def _every_text(raw: str) -> Iterator[Text]:
    for sent in ((raw, ()), (keyboards.caps_lock(raw), ("caps-lock",))):
        yield sent
        yield from _retyped(sent)


def _retyped(sent: Text) -> Iterator[Text]:
    """Give the text as the keys pressed would be on a US keyboard, for every layout that can."""
    text, done = sent
    seen = {text}
    for layout in keyboards.LAYOUTS:
        keys = layout.retype(text)
        if keys is not None and keys not in seen:
            seen.add(keys)
            yield keys, (*done, f"keyboard-{layout.name}")


def _templates_named(text: str, templates: Templates) -> Iterator[Template]:
    for start in (CODE_START, PACK_START):
        if match := start.match(text):
            yield from templates.get(match["gtin"], ())


def _named(text: str) -> Iterator[str]:
    """Give every GTIN that the text may name and whose check digit is right."""
    for start in (CODE_START, PACK_START):
        match = start.match(text)
        if match and match["gtin"][13] == gs1_keys.check_digit(match["gtin"][:13]):
            yield match["gtin"]
    if tag := structure.fiscal_tag_of(text):
        yield tag.gtin
    for elements, _ in structure.linked(text):
        yield from (element.value for element in elements if element.ai == "01")


def _diagnosis(texts: Sequence[str], templates: Templates) -> tuple[str, str]:
    """Say why none of these texts can be read, as far as the likeliest of them shows."""
    for text in texts:
        if match := CODE_START.match(text):
            return _why_no_code(match, templates)
        if match := PRODUCT.fullmatch(text) or PACKAGE_START.match(text):
            return _why_no_unit(match)
        if match := structure.LINK.fullmatch(text):
            return _why_no_link(match["uri"])
    return "unrecognised", PROBLEMS["unrecognised"]


def _why_no_code(match: re.Match[str], templates: Templates) -> tuple[str, str]:
    gtin, rest = match["gtin"], match["rest"]
    try:
        gs1_keys.gtin(gtin)
    except gs1_keys.InvalidGtin as invalid:
        return "check-digit", str(invalid)
    if "21" not in rest:
        return "no-serial", PROBLEMS["no-serial"]
    known = templates.get(gtin)
    try:
        element_string.parse(f"01{gtin}{rest}")
    except element_string.InvalidElementString as invalid:
        if not known or element_string.GS in rest:
            return "no-template" if known else "not-gs1", str(invalid)
    if known:
        names = ", ".join(template.name for template in known)
        detail = f"{len(rest)} characters follow GTIN {gtin}: that fits none of {names}."
        return "no-template", detail
    return "no-serial", PROBLEMS["no-serial"]


def _why_no_unit(match: re.Match[str]) -> tuple[str, str]:
    try:
        if "sscc" in match.re.groupindex:
            gs1_keys.sscc(match["sscc"])
            return "unrecognised", "Something that is no element string follows the SSCC."
        gs1_keys.gtin(match["gtin"])
    except gs1_keys.InvalidKey as invalid:
        return "check-digit", str(invalid)
    return "no-serial", PROBLEMS["no-serial"]


def _why_no_link(uri: str) -> tuple[str, str]:
    try:
        elements = dict(digital_link.parse(uri))
    except digital_link.InvalidDigitalLink as invalid:
        return "unrecognised", str(invalid)
    problem = "no-template" if "21" in elements else "no-serial"
    return problem, PROBLEMS[problem]
