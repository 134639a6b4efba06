"""The forms in which codes are handed out. GS stays as it is in each of them."""

import base64
from collections.abc import Iterable, Iterator
from enum import StrEnum

import orjson

from domain.catalogue.templates import Family
from domain.codes.orders import OwnCode
from domain.codes.rows import Printing
from domain.codes.rules import foreign_text
from domain.keys.verification import verification_code
from domain.standards.cigarette_pack import encode_price
from domain.standards.element_string import GS


class Form(StrEnum):
    """text: a code a line; csv: with a safe column; ndjson: a JSON object a line."""

    TEXT = "text"
    CSV = "csv"
    NDJSON = "ndjson"


MEDIA_TYPE = {
    Form.TEXT: "text/plain; charset=utf-8",
    Form.CSV: "text/csv; charset=utf-8",
    Form.NDJSON: "application/x-ndjson",
}
# Serials hold quotes, commas and equals signs: the code itself travels in base64.
CSV_HEADER = b"ordinal,gtin,serial_base64,marking_code_base64\n"


def written(form: Form, lines: Iterable[bytes], ordinal: int) -> Iterator[bytes]:
    """Marking codes, the first being unit `ordinal` of its batch, as lines of this form."""
    for at, code in enumerate(lines, ordinal):
        if form is Form.NDJSON:
            yield orjson.dumps({"ordinal": at, "code": code.decode()}) + b"\n"
        elif form is Form.CSV:
            yield csv_line(at, code)
        else:
            yield code + b"\n"


def csv_line(ordinal: int, code: bytes) -> bytes:
    identified = code.split(GS.encode(), 1)[0]
    pack = not code.startswith(b"01") or len(identified) < len("01") * 2 + 14
    gtin, serial = (code[:14], code[14:21]) if pack else (identified[2:16], identified[18:])
    safe = base64.b64encode(serial), base64.b64encode(code)
    return b"%d,%s,%s,%s\n" % (ordinal, gtin, *safe)


def code_of(printing: Printing, gtin: str, serial: str, foreign_tail: str | None) -> str:
    """The marking code of one serial; another operator's is given back as it came."""
    if foreign_tail is not None:
        return foreign_text(gtin, OwnCode(serial, foreign_tail))
    price = (printing.price_minor or 0) if printing.template.prints_price else None
    made = verification_code(printing.key, printing.template.family, f"01{gtin}21{serial}", price)
    return marking_code(printing, gtin, serial, made, price)


def marking_code(
    printing: Printing, gtin: str, serial: str, verification_code: str, price: int | None
) -> str:
    """One marking code, put together as `rows.write` does for many."""
    if printing.template.family is Family.T29:
        return f"{gtin}{serial}{encode_price(price or 0)}{verification_code}"
    parts = [f"01{gtin}21{serial}"]
    if printing.tnved:
        parts.append(f"240{printing.tnved}")
    if price is not None:
        parts.append(f"8005{price:06}")
    if printing.template.family is Family.S:
        parts.append(f"93{verification_code}")
    else:
        parts += [f"91{printing.key.id}", f"92{verification_code}"]
    return GS.join(parts)
