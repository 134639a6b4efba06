"""When a batch may be registered, and what its order must tell."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from domain.catalogue.templates import Family, Template
from domain.codes import intake, readings
from domain.codes.orders import BatchOrder, LotData, OwnCode
from domain.codes.readings import STATE_DIGITS
from domain.errors import (
    CodesRepeated,
    DatesReversed,
    EmissionNotFitting,
    OccurredInFuture,
    PriceNotFitting,
    SerialNotFitting,
    TnvedNotFitting,
    UnknownTemplate,
)
from domain.participants.actor import Actor
from domain.standards import cigarette_pack, element_string
from domain.standards.cigarette_pack import CHECK_LENGTH, PRICE_LENGTH, InvalidPack
from domain.standards.element_string import GS, InvalidElementString
from domain.standards.member_state import MemberState
from domain.vocabulary import Emission

HIGHEST_PRICE = {
    Family.T29: 80**4 - 1,  # four symbols in base 80
    Family.S: 999_999,  # AI 8005 has six digits
}
AHEAD = timedelta(minutes=5)
GTIN_AI = "01"
TNVED = re.compile(r"[0-9]{4}")  # AI 240 holds the first four digits


def choose_template(
    order: BatchOrder, product_group: str, templates: Sequence[Template]
) -> Template:
    """The template that the order names, or the group's first."""
    for template in templates:
        if order.template in {None, template.name}:
            return template
    raise UnknownTemplate(product_group, order.template or "")


def check_order(order: BatchOrder, template: Template, actor: Actor, now: datetime) -> None:
    """Refuse an order that contradicts itself, its template or who places it."""
    check_emission(order, actor)
    check_price(order.price_minor, template)
    prints_tnved = "240" in template.optional
    if order.tnved is not None and not (prints_tnved and TNVED.fullmatch(order.tnved)):
        raise TnvedNotFitting(template.name)
    if order.lot:
        check_lot(order.lot)
    check_occurred(order.occurred_at, now)
    if order.own:
        check_own(order.own, template, order.member_state)


def check_emission(order: BatchOrder, actor: Actor) -> None:
    """Codes of another member state are ordered for goods bound there (decision 72, point 2)."""
    abroad = order.member_state != actor.member_state
    if abroad != (order.emission is Emission.CROSS_BORDER):
        raise EmissionNotFitting(order.emission, order.member_state, actor.member_state)


def check_price(price_minor: int | None, template: Template) -> None:
    highest = HIGHEST_PRICE[template.family] if template.prints_price else None
    fits = price_minor is None if highest is None else 0 <= (price_minor or 0) <= highest
    # A pack without a maximum price prints zero (AAAA); a block's 8005 is never left out.
    if not fits or (highest and price_minor is None and template.family is not Family.T29):
        raise PriceNotFitting(template.name, highest)


def check_lot(lot: LotData) -> None:
    if lot.produced_on and lot.expires_on and lot.expires_on < lot.produced_on:
        raise DatesReversed(lot.produced_on.isoformat(), lot.expires_on.isoformat())


def check_occurred(occurred_at: datetime | None, now: datetime) -> None:
    """An event may be told late, never ahead of time but for clocks that differ."""
    if occurred_at and occurred_at > now.astimezone(UTC) + AHEAD:
        raise OccurredInFuture(occurred_at.isoformat())


def check_own(own: Sequence[OwnCode], template: Template, state: MemberState) -> None:
    serials = [code.serial for code in own]
    wrong = [
        code.serial
        for code in own
        if not (fits(code.serial, template, state) or code.foreign_tail is not None)
    ]
    if wrong:
        raise SerialNotFitting(template.name, len(wrong), tuple(wrong[:3]))
    if len(set(serials)) < len(serials):
        twice = sorted(serial for serial, times in Counter(serials).items() if times > 1)
        raise CodesRepeated(len(twice), tuple(twice[:3]))


def fits(serial: str, template: Template, state: MemberState) -> bool:
    """Whether the serial has the template's length, alphabet and first character."""
    first = template.first_character(state)
    older = template.digit_optional and serial[:1] not in STATE_DIGITS
    return (
        len(serial) == template.serial_length
        and set(serial) <= set(template.alphabet.characters)
        and (first is None or serial.startswith(first) or older)
    )


def check_foreign(order: BatchOrder, template: Template, templates: Sequence[Template]) -> None:
    """Refuse codes that could not be scanned afterwards as what they are registered as."""
    wrong = [
        code.serial
        for code in order.own
        if code.foreign_tail is not None and not is_read_back(order.gtin, code, template, templates)
    ]
    if wrong:
        raise SerialNotFitting(template.name, len(wrong), tuple(wrong[:3]))


def is_read_back(
    gtin: str, code: OwnCode, template: Template, templates: Sequence[Template]
) -> bool:
    reading = intake.read(foreign_text(gtin, code), {gtin: templates}).reading
    return (
        reading is not None
        and template in reading.templates
        and (reading.serial, reading.tail) == (code.serial, code.foreign_tail)
    )


def foreign_text(gtin: str, code: OwnCode) -> str:
    """Another operator's code as it stands on the label; packs have no AIs."""
    tail = code.foreign_tail or ""
    is_pack = tail[:1] not in {"", GS}
    return f"{gtin}{code.serial}{tail}" if is_pack else f"01{gtin}21{code.serial}{tail}"


def foreign_code(gtin: str, text: str) -> OwnCode:
    """Another operator's whole code as it is registered: the serial, and what follows it.

    It must be exact, since it is printed and checked as it is told here; raises
    InvalidElementString or InvalidPack.
    """
    if text.startswith(f"{GTIN_AI}{gtin}"):
        elements = element_string.parse(text)
        if "21" not in dict(elements):
            raise InvalidElementString(len(text), "AI 21 with the serial is missing")
        reading = readings.of_elements(elements, (), ())
    else:
        pack = cigarette_pack.parse(text)
        if pack.gtin != gtin:
            raise InvalidPack(f"The code is of GTIN {pack.gtin}.")
        price = text[-PRICE_LENGTH - CHECK_LENGTH : -CHECK_LENGTH]
        reading = readings.of_pack(gtin, pack.serial, (price, pack.check), (), ())
    return OwnCode(reading.serial, reading.tail)
