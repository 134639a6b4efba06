"""Labels of goods that there are none of: for previews of a layout, and for its test page.

The GTIN and the SSCC begin with 952, which GS1 keeps for examples; the verification code is none.
"""

# ruff: noqa: RUF001 - letters that look like others are meant

from datetime import date

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from domain.standards.element_string import GS
from labels.drawing import Drawing
from labels.layouts import checking
from labels.layouts.composing import Composer
from labels.layouts.facts import Kind
from labels.layouts.parts import Layout
from labels.refusals import DoesNotFit
from labels.text.fonts import Font

GTIN = "09520123456788"
SSCC = "195201234567890006"
RESOLVER = "https://id.example.org"
SERIAL = "SAMPLE-000001"
TAILS = {
    Family.L44: ("91", "TEST", "92", "SaMpLe/NoT+VaLiD/" * 2 + "SaMpLe+Na="),
    Family.S: ("93", "TEST"),
}
MARK = "ОБРАЗЕЦ / SAMPLE"
MARK_OF_NAME = "ОБРАЗЕЦ."

NAMES = (
    "Сүт «Ақбұлақ» пастерленген, майлылығы 3,2 %, қаңылтыр қораптағы, 1 л",
    "Կաթ պաստերացված «Արագած» 3,2 % յուղայնությամբ, ապակե շշով, 1 լ",
    "Чай чёрный байховый цейлонский крупнолистовой с бергамотом, 20×2 г",
)
MADE, EXPIRES = date(2026, 1, 15), date(2027, 1, 15)
LOT = "A-17/3"


def drawings(layout: Layout, dpi: int, font: Font) -> list[Drawing]:
    """A label for each name. Raises DoesNotFit if not even the shortest codes fit the layout."""
    composer = Composer(layout, dpi, font)
    if layout.kind is Kind.PACKAGE:
        return [composer.package(package(name)) for name in NAMES]
    family = fitting(layout, dpi, font)
    told = [unit(name) for name in NAMES]
    return [
        drawing
        for facts in told
        for drawing in composer.units(facts, family, [marking_code(family)], RESOLVER)
    ]


def fitting(layout: Layout, dpi: int, font: Font) -> Family:
    """The family of the sample's code: the larger symbol, where there is room for it."""
    goods = checking.needs(Family.L44, [marking_code(Family.L44)])
    try:
        checking.check(layout, dpi, goods, font)
    except DoesNotFit:
        return Family.S
    return Family.L44


def marking_code(family: Family) -> str:
    ai, first, *rest = TAILS[family]
    tail = "".join((ai, first, GS if rest else "", *rest))
    return f"01{GTIN}21{SERIAL}{GS}{tail}"


def unit(name: str) -> Facts:
    return Facts(
        product_name=f"{MARK_OF_NAME} {name}",
        gtin=GTIN,
        lot_number=LOT,
        produced_on=MADE,
        expires_on=EXPIRES,
        maker=MARK,
        member_state="KZ",
        price="1 990 ₸",
    )


def package(name: str) -> PackageFacts:
    return PackageFacts(
        sscc=SSCC,
        kind=MARK,
        product_name=f"{MARK_OF_NAME} {name}",
        gtin=GTIN,
        count=120,
        lot_number=LOT,
        sender=MARK,
        receiver=MARK,
    )
