"""From a file of products to cards, and back to the same file with what is wrong in it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.catalogue.groups import Catalogue, folded
from domain.catalogue.products import Card, Fault, clipped, read_card, tidy
from domain.catalogue.sheets import Sheet, SheetLimits, read_sheet, write_sheet
from domain.errors import HeaderNotUnderstood
from domain.standards import gs1_keys
from domain.standards.member_state import MemberState

ADDED = ("error", "hint")
REQUIRED = ("gtin", "product_group", "name")
COLUMNS = {
    "gtin": "gtin, gtin14, gtin13, ean, ean13, barcode, bar code, штрихкод, штрих код, шк, "
    "код товара, код gtin, gtin товара",
    "product_group": "product group, group, товарная группа, группа, группа товаров, тг",
    "name": "name, product name, наименование, название, наименование товара, "
    "полное наименование, найменне, атауы, аталышы, անվանում",
    "brand": "brand, trademark, бренд, торговая марка, товарный знак, марка",
    "category": "category, категория, категория товара",
    "tnved": "tnved, tn ved, tnved code, hs code, тн вэд, тнвэд, код тн вэд, код тн вэд еаэс",
    "member_state": "member state, state, country, государство, государство член, страна",
    "name_ru": "name ru, наименование ru, название ru",
    "name_en": "name en, наименование en, название en",
    "name_hy": "name hy, наименование hy, название hy",
    "name_be": "name be, наименование be, название be",
    "name_kk": "name kk, наименование kk, название kk",
    "name_ky": "name ky, наименование ky, название ky",
}
BY_TITLE = {folded(title): name for name, titles in COLUMNS.items() for title in titles.split(",")}
STATES = {
    "AM": "am, arm, 051, 51, armenia, армения",
    "BY": "by, blr, 112, belarus, беларусь, республика беларусь, белоруссия",
    "KZ": "kz, kaz, 398, kazakhstan, казахстан, республика казахстан",
    "KG": "kg, kgz, 417, kyrgyzstan, кыргызстан, киргизия",
    "RU": "ru, rus, 643, russia, россия, российская федерация, рф",
}
BY_STATE_NAME = {
    folded(name): MemberState(state) for state, names in STATES.items() for name in names.split(",")
}
WHOLE = re.compile(r"([0-9]{1,18})(?:[.,]0*)?")
EXPONENT = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
GTIN_LENGTH = 14
SHORTEST_GTIN = 7  # a GTIN-8 that lost one zero


@dataclass(frozen=True, slots=True)
class WrongRow:
    """One fault in a file: `column` is called as the file calls it."""

    row: int
    column: str
    value: str
    reason: str
    sentence: str
    hint: str


@dataclass(frozen=True)
class Reading:
    """A file as cards by row number, and what is wrong with the other rows."""

    sheet: Sheet
    titles: Mapping[str, str]  # field -> what the file calls it
    ignored_columns: tuple[str, ...]
    cards: Mapping[int, Card]
    wrong: tuple[WrongRow, ...]

    @property
    def row_count(self) -> int:
        return len(self.sheet.rows)


def read_import(body: bytes, catalogue: Catalogue, limits: SheetLimits) -> Reading:
    """Read a file of products; raises FileUnreadable, FileTooLarge, HeaderNotUnderstood."""
    sheet = without_added(read_sheet(body, known_columns=known_columns, limits=limits))
    fields = fields_of(sheet.header)
    titles = {name: clipped(sheet.header[at]) for at, name in fields.items()}
    cards: dict[int, Card] = {}
    wrong: list[WrongRow] = []
    first_rows: dict[str, int] = {}
    for row, cells in sheet.rows:
        values = {name: cells[at] if at < len(cells) else "" for at, name in fields.items()}
        card, faults = read_row(values, catalogue)
        if card and (first := first_rows.setdefault(card.gtin, row)) != row:
            faults = [repeated(card.gtin, first)]
        if card and not faults:
            cards[row] = card
        wrong.extend(located(row, fault, titles) for fault in faults)
    ignored = tuple(
        clipped(title) for at, title in enumerate(sheet.header) if at not in fields and title
    )
    return Reading(sheet, titles, ignored, cards, tuple(wrong))


def known_columns(cells: list[str]) -> int:
    return len({BY_TITLE[title] for cell in cells if (title := folded(cell)) in BY_TITLE})


def without_added(sheet: Sheet) -> Sheet:
    """Without the columns that an earlier answer added, so that it can be sent again as it is."""
    added = {at for at, title in enumerate(sheet.header) if title in ADDED}
    if not added:
        return sheet

    def kept(cells: list[str]) -> list[str]:
        return [cell for at, cell in enumerate(cells) if at not in added]

    rows = [(number, kept(cells)) for number, cells in sheet.rows]
    rows = [(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    return replace(sheet, header=kept(sheet.header), rows=rows)


def fields_of(header: list[str]) -> dict[int, str]:
    """Which field each column holds, by its place."""
    fields: dict[int, str] = {}
    for at, title in enumerate(header):
        name = BY_TITLE.get(folded(title))
        if name is None:
            continue
        if name in fields.values():
            raise HeaderNotUnderstood(tuple(map(clipped, header)), (), (name,))
        fields[at] = name
    if absent := tuple(name for name in REQUIRED if name not in fields.values()):
        raise HeaderNotUnderstood(tuple(map(clipped, header)), absent, ())
    return fields


def read_row(values: dict[str, str], catalogue: Catalogue) -> tuple[Card | None, list[Fault]]:
    gtin, gtin_fault = read_gtin(values.pop("gtin"))
    state_fault = member_state_fault(tidy(values.pop("member_state", "")))
    card, faults = read_card(gtin, values, catalogue)
    found = [fault for fault in (gtin_fault, *faults, state_fault) if fault]
    return (None if found else card), found


def read_gtin(text: str) -> tuple[str, Fault | None]:
    """A GTIN as spreadsheets leave it: as a number, with its first zeros lost, or cut for good."""
    value = "".join(text.split()).lstrip("'")
    if EXPONENT.fullmatch(value):
        sentence = "The spreadsheet cut this number: digits are lost."
        hint = "Format the column as text in the spreadsheet and enter the GTIN again."
        return "", Fault("gtin", clipped(text), "gtin-cut", sentence, hint)
    whole = WHOLE.fullmatch(value)
    if whole is None or not SHORTEST_GTIN <= len(whole[1]) <= GTIN_LENGTH:
        sentence = "A GTIN has 8, 12, 13 or 14 digits." if value else "The GTIN is empty."
        hint = "Enter all digits under the bar code."
        return "", Fault("gtin", clipped(text), "invalid-gtin", sentence, hint)
    try:
        return gs1_keys.gtin(whole[1].zfill(GTIN_LENGTH)), None
    except gs1_keys.InvalidGtin:
        sentence = "The check digit of this GTIN is wrong."
        hint = "Compare it with the bar code, digit by digit."
        return "", Fault("gtin", clipped(text), "invalid-gtin", sentence, hint)


def member_state_fault(name: str) -> Fault | None:
    """The column says where goods come from; a card does not keep it, but nonsense is told."""
    if not name or folded(name) in BY_STATE_NAME:
        return None
    sentence = "This is no member state."
    return Fault(
        "member_state", clipped(name), "unknown-member-state", sentence, "AM, BY, KZ, KG or RU."
    )


def repeated(gtin: str, first: int) -> Fault:
    sentence = f"Row {first} has the same GTIN."
    return Fault("gtin", gtin, "gtin-repeated", sentence, "Keep one row for each GTIN.")


def located(row: int, fault: Fault, titles: Mapping[str, str]) -> WrongRow:
    column = titles.get(fault.column, fault.column)
    return WrongRow(row, column, fault.value, fault.reason, fault.sentence, fault.hint)


def annotated(sheet: Sheet, wrong: Iterable[WrongRow]) -> bytes:
    """The file with two columns added, error and hint, filled where a row is wrong."""
    errors: dict[int, list[WrongRow]] = {}
    for item in wrong:
        errors.setdefault(item.row, []).append(item)
    columns = {
        row: [
            " ".join(f"{item.column}: {item.sentence}" for item in items),
            " ".join(dict.fromkeys(item.hint for item in items)),
        ]
        for row, items in errors.items()
    }
    return write_sheet(sheet, list(ADDED), columns)
