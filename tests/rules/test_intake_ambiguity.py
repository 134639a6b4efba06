"""Which templates of one GTIN can be confused when separators are lost, and that it is told.

Every form a code may have is written down as the characters each of its places allows, apart
from the patterns the intake uses. Two forms of one length whose places all have a character in
common can be confused, and the list in `ambiguous_templates.tsv` must name them.
"""

from itertools import combinations
from typing import NamedTuple

import pytest

from domain.catalogue.groups import catalogue
from domain.catalogue.templates import Family
from domain.codes import intake
from domain.standards.alphabets import Alphabet
from tests.rules.template_samples import TEMPLATES, rows

GTIN = "04610053149777"
ANY = frozenset(Alphabet.SET_82.characters)
DIGITS = frozenset(Alphabet.DIGITS.characters)
MEASURES = {"3103": ["3103"], "335": ["335", DIGITS & frozenset("012345")]}


class Form(NamedTuple):
    """One way in which codes of a template look without separators."""

    template: str
    kind: str
    serial_length: int
    places: list[frozenset[str]]

    @property
    def name(self):
        return f"{self.template} {self.kind}"

    def may_be(self, other):
        return (
            self.serial_length != other.serial_length
            and len(self.places) == len(other.places)
            and all(one & another for one, another in zip(self.places, other.places, strict=True))
        )


def places(*parts):
    """The characters allowed place by place: a text stands for itself."""
    allowed = []
    for part in parts:
        if isinstance(part, str):
            allowed += [frozenset(character) for character in part]
        else:
            allowed.append(part)
    return allowed


def tails(template):
    """What may stand behind the serial, by kind; packs have no tail that an AI begins."""
    yield "bare", []
    if template.family is Family.S:
        yield "complete", ["93", *[ANY] * 4]
        for ai in template.optional:
            if ai == "8005":
                yield "complete with 8005", ["8005", *[DIGITS] * 6, "93", *[ANY] * 4]
            else:
                yield f"complete with {ai}", ["93", *[ANY] * 4, *MEASURES[ai], *[DIGITS] * 6]
    if template.family in (Family.L44, Family.L88):
        code = ["91", *[ANY] * 4, "92", *[ANY] * (44 if template.family is Family.L44 else 88)]
        yield "complete", code
        if "240" in template.optional:
            yield "complete with 240", ["240", *[ANY] * 4, *code]


def forms(template):
    character = frozenset(template.alphabet.characters)
    has_digit = template.state_digit and not template.digit_optional
    first = frozenset("12345") if has_digit else character
    serial = [first, *[character] * (template.serial_length - 1)]
    for kind, tail in tails(template):
        parts = ["01", GTIN, "21", *serial, *tail]
        yield Form(template.name, kind, template.serial_length, places(*parts))


def confusable(templates):
    """Pairs of forms that one text may have, with such a text."""
    every = [form for template in templates for form in forms(template)]
    return {
        (one.name, other.name): "".join(
            min(a & b, key=lambda character: (not character.isalnum(), character))
            for a, b in zip(one.places, other.places, strict=True)
        )
        for one, other in combinations(every, 2)
        if one.may_be(other)
    }


def groups():
    yield "any", tuple(TEMPLATES.values())
    for group in catalogue().groups.values():
        yield group.code, group.templates


LISTED = rows("ambiguous_templates.tsv")


def test_the_list_names_every_pair_of_templates_that_can_be_confused():
    found = [
        (group, one, other, text)
        for group, templates in groups()
        for (one, other), text in confusable(templates).items()
    ]

    assert found == LISTED


def test_whole_marking_codes_of_one_product_are_never_confused():
    bare = [row for row in LISTED if "bare" in row[1] or "bare" in row[2]]

    assert bare == LISTED


@pytest.mark.parametrize("row", LISTED, ids=lambda row: " ".join(row[:3]))
def test_both_readings_are_told(row):
    group, one, other, text = row
    templates = dict(groups())[group]
    by_name = {template.name: template for template in templates}
    pair = [by_name[name.split()[0]] for name in (one, other)]

    answer = intake.read(text, {GTIN: pair})

    assert answer.problem == "ambiguous"
    told = {len(reading.serial): reading for reading in answer.readings}
    assert set(told) == {template.serial_length for template in pair}
    for template, name in zip(pair, (one, other), strict=True):
        reading = told[template.serial_length]
        assert reading.templates == (template,)
        assert reading.is_complete == ("complete" in name)
