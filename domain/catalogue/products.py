"""A product's card: what it must say, and what is wrong with one that does not."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.catalogue.groups import Catalogue, ProductGroup
from domain.standards.member_state import MemberState

LANGUAGES = ("ru", "en", "hy", "be", "kk", "ky")
TOLD = 60  # characters of a wrong value
LONGEST = {"name": 1_000, "brand": 200, "category": 1_000}
# Control characters, halves of characters, and marks that turn the direction of text around.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
TNVED = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,3}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one value. `reason` is stable; `sentence` and `hint` are for people."""

    column: str
    value: str
    reason: str
    sentence: str
    hint: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a product's owner says of it."""

    gtin: str
    product_group: str
    name: str
    translations: Mapping[str, str] = field(default_factory=dict)
    brand: str | None = None
    category: str | None = None
    tnved: str | None = None


def read_card(
    gtin: str, values: Mapping[str, str], catalogue: Catalogue
) -> tuple[Card | None, list[Fault]]:
    """The card that these texts make, or none, and what is wrong with them.

    `values` may hold product_group, name, brand, category, tnved and name_<language>.
    """
    faults: list[Fault] = []
    texts = {column: tidy(value) for column, value in values.items()}
    for column, text in texts.items():
        faults.extend(text_faults(column, text))
    faults.extend(
        missing(texts, column) for column in ("product_group", "name") if not texts.get(column)
    )
    group = catalogue.find(texts.get("product_group", ""))
    if group is None and texts.get("product_group"):
        faults.append(unknown_group(texts["product_group"]))
    code = re.sub(r"[\s.]", "", texts.get("tnved", ""))
    if group and code and (fault := tnved_fault(code, group, catalogue)):
        faults.append(fault)
    if faults or group is None:
        return None, faults
    return Card(
        gtin=gtin,
        product_group=group.code,
        name=texts["name"],
        translations={
            language: texts[f"name_{language}"]
            for language in LANGUAGES
            if texts.get(f"name_{language}")
        },
        brand=texts.get("brand") or None,
        category=texts.get("category") or None,
        tnved=code or None,
    ), []


def tidy(text: str) -> str:
    """Without spaces at the ends, and with one plain space for each run of blanks."""
    return " ".join(text.split())


def clipped(text: str) -> str:
    """As much of a text as a message needs of it."""
    return text if len(text) <= TOLD else f"{text[: TOLD - 1]}…"


def text_faults(column: str, text: str) -> list[Fault]:
    limit = LONGEST.get("name" if column.startswith("name_") else column, LONGEST["name"])
    found = []
    if len(text) > limit:
        sentence = f"The {column} has {len(text)} characters; {limit} are the most."
        found.append(Fault(column, clipped(text), "too-long", sentence, "Shorten it."))
    if UNPRINTABLE.search(text):
        sentence = f"The {column} holds a character that cannot be printed."
        hint = "Type the text again, or paste it without formatting."
        found.append(Fault(column, ascii(clipped(text)), "unprintable-character", sentence, hint))
    return found


def missing(texts: Mapping[str, str], column: str) -> Fault:
    hint = "Fill it in; a formula must be saved as its value."
    return Fault(column, texts.get(column, ""), "value-missing", f"The {column} is empty.", hint)


def unknown_group(name: str) -> Fault:
    return Fault(
        "product_group",
        clipped(name),
        "unknown-product-group",
        "There is no product group of this name.",
        "Use a code, number or name from GET /product-groups.",
    )


def tnved_fault(code: str, group: ProductGroup, catalogue: Catalogue) -> Fault | None:
    """Why a card of this group cannot have this TN VED code, if so."""
    if not TNVED.fullmatch(code):
        sentence = "A TN VED code has 4, 6, 8 or 10 digits."
        return Fault("tnved", clipped(code), "invalid-tnved", sentence, "Check the code.")
    others = clearly_other_groups(code, group, catalogue)
    if others:
        sentence = f"TN VED {code} is not a code of {group.code} but of {', '.join(others)}."
        hint = "Correct the code or the product group."
        return Fault("tnved", code, "tnved-of-another-group", sentence, hint)
    return None


def clearly_other_groups(code: str, group: ProductGroup, catalogue: Catalogue) -> list[str]:
    """The other groups that the code belongs to, where it cannot belong to this one.

    The headings are partly recalled, so only a code of a chapter that this group knows nothing
    of, and some other group does, is held against the card.
    """
    if not group.headings_complete or any(code[:2] == item[:2] for item in group.headings):
        return []
    return [other.code for other in catalogue.groups.values() if other.is_heading(code)]


def warnings(card: Card, catalogue: Catalogue) -> list[str]:
    """What is odd about a card, but no reason to refuse it."""
    group = catalogue.groups[card.product_group]
    if card.tnved is None or not group.headings or group.is_heading(card.tnved):
        return []
    known = ", ".join(group.headings)
    gaps = "" if group.headings_complete else ", and others that the catalogue lacks"
    return [f"TN VED {card.tnved} is not under a heading of {group.code}: {known}{gaps}."]


class Kept(NamedTuple):
    """A card as it is registered."""

    card: Card
    version: int
    owner_id: int


class Registered(NamedTuple):
    """A product as everybody may see it."""

    card: Card
    version: int
    owner: UUID
    owner_name: str
    owner_state: MemberState
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What registering some cards comes to: each GTIN is in exactly one of these."""

    new: tuple[Card, ...] = ()
    changed: tuple[Kept, ...] = ()  # the new card, under the next version
    unchanged: tuple[Kept, ...] = ()
    refused: Mapping[str, Fault] = field(default_factory=dict)


def decide(
    cards: Iterable[Card], kept: Mapping[str, Kept], fixed: Collection[str], owner_id: int
) -> Changes:
    """Compare cards with what is registered.

    `fixed` are GTINs that codes were issued for: their product group stays.
    """
    new: list[Card] = []
    changed: list[Kept] = []
    unchanged: list[Kept] = []
    refused: dict[str, Fault] = {}
    for card in cards:
        found = kept.get(card.gtin)
        if found is None:
            new.append(card)
        elif found.owner_id != owner_id:
            refused[card.gtin] = not_yours(card.gtin)
        elif found.card == card:
            unchanged.append(found)
        elif found.card.product_group != card.product_group and card.gtin in fixed:
            refused[card.gtin] = group_fixed(found.card)
        else:
            changed.append(Kept(card, found.version + 1, owner_id))
    return Changes(tuple(new), tuple(changed), tuple(unchanged), refused)


def not_yours(gtin: str) -> Fault:
    sentence = "Another participant registered this GTIN."
    hint = "Only the owner of the card may change it: check the GTIN."
    return Fault("gtin", gtin, "product-not-yours", sentence, hint)


def group_fixed(kept: Card) -> Fault:
    sentence = f"Codes were issued for this GTIN as {kept.product_group}: the group stays."
    hint = f"Write {kept.product_group}, or register the goods under another GTIN."
    return Fault("product_group", kept.product_group, "product-group-fixed", sentence, hint)
