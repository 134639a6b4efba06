"""Orders of labels that nobody should get, and names that printers, readers and offices might run."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from uuid import uuid4

import orjson
import pypdfium2 as pdfium

from domain.standards.element_string import GS
from labels import reading
from labels.layouts import ready
from labels.output.formats import Format
from tests.labels import paper, specimens
from tests.making import MILK, Maker, gtin, made, no_trace, problem, run

ROLL = "roll-58x60"
SIZE = ready.named(ROLL).label_dots(203)
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = {
    "ZPL": "^XZ~JA^XA^FO0,0^FDowned^FS^XZ ~JR",
    "TSPL": '";PRINT 99" SIZE 10 mm,10 mm: CLS',
    "EPL": "N P99 GW0,0,1,1, ^ee ^@",
    "PDF": ")Tj ET Q endstream endobj 1 0 obj <</JS(app.alert(1))>> \\",
    "SVG": '</title></svg><script>alert(1)</script><!-- &x; ]]> " onload="x',
    "a formula": '=HYPERLINK("http://evil.example";"1")+cmd|\' /C calc\'!A0',
    "another formula": "@SUM(1+1)*cmd|' /C calc'!A0",
    "from the right": "\N{RIGHT-TO-LEFT MARK}שלום\N{ARABIC LETTER MARK} العربية\N{LEFT-TO-RIGHT MARK}",
    "emoji": "Молоко 🥛👨‍👩‍👧‍👦🇧🇾 ️⃣",
    "combining marks": "Ж" + 400 * "\N{COMBINING ACUTE ACCENT}" + "ук",
    "no break": 1_000 * "W",
    "nothing to see": "\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}\N{WORD JOINER}\N{HANGUL FILLER}",
    "another plane": "\N{MATHEMATICAL FRAKTUR CAPITAL M}ilk \U000e0041\U0010fffd",
}


async def ask(maker: Maker, **body):
    return await maker.http.put(f"/prints/{uuid4()}", json={"layout": ROLL, **body})


async def fetched(maker: Maker, print_: str, **params):
    return await maker.http.get(f"/prints/{print_}/labels", params=params)


# Names


async def test_a_name_is_printed_in_every_form_and_is_nothing_but_a_name(dairy: Maker):
    for number, name in enumerate(HOSTILE.values(), 10):
        product = await dairy.product(code=gtin(number), name=name)
        batch = await dairy.batch(len(Format), of=product)
        codes = await dairy.codes(batch)
        asked = {"batch": str(batch), "count": 1, "layout": ROLL, "dpi": 203}
        for place, (form, code) in enumerate(zip(Format, codes, strict=True)):
            file = await dairy.printed(first=place, format=form, **asked)
            HARMLESS[form](file, code, name)


def of_pdf(file: bytes, code: str, name: str) -> None:
    page = pdfium.PdfDocument(file)[0]
    picture = io.BytesIO()
    page.render(scale=6).to_pil().convert("L").save(picture, "PNG")
    assert reading.read(picture.getvalue()) == [code]
    assert not re.search(rb"/(JS|JavaScript|OpenAction|AA|Launch|URI)\b", file)
    assert name.encode() not in file  # text is numbers of glyphs, and titles are hexadecimal


def of_png(file: bytes, code: str, _: str) -> None:
    assert reading.read(file) == [code]


def of_svg(file: bytes, code: str, _: str) -> None:
    elements = list(ET.fromstring(file).iter())  # noqa: S314 - our own, and strictly read
    tags = {element.tag.removeprefix(SVG) for element in elements}
    named = {key for element in elements for key in element.attrib}
    assert tags <= {"svg", "title", "desc", "path"}
    assert not any(key.startswith("on") or "href" in key for key in named)
    assert code.partition(f"{GS}93")[2].encode() not in file  # it is in the dots alone


def of_printer(language, symbol: str | None):
    """One label for this printer, every command of it one of ours."""

    def check(file: bytes, code: str, _: str) -> None:
        [label] = language(file, SIZE)
        assert label.copies == 1
        if symbol is None:
            assert label.made == []
            assert specimens.read(label.dots) == (code, "]d2")
            return
        told = [data for _, _, data in label.made]
        assert f"{symbol}{code.replace(GS, symbol)}" in told
        assert all(text.isascii() and text.isprintable() for text in told)

    return check


def of_csv(file: bytes, code: str, name: str) -> None:
    header, row = csv.reader(io.StringIO(file.decode(), newline=""))
    cells = dict(zip(header, row, strict=True))
    assert cells["marking_code"] == code
    assert cells["product_name"].removeprefix("'") == name
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def of_json(file: bytes, code: str, name: str) -> None:
    [line] = file.splitlines()
    told = orjson.loads(line)
    assert (told["marking_code"], told["product_name"]) == (code, name)


HARMLESS = {
    Format.PDF: of_pdf,
    Format.PNG: of_png,
    Format.SVG: of_svg,
    Format.ZPL: of_printer(paper.zpl, None),
    Format.ZPL_BX: of_printer(paper.zpl, "$1"),
    Format.ZPL_TEXT: of_printer(paper.zpl, "$1"),
    Format.TSPL: of_printer(paper.tspl, None),
    Format.TSPL_TEXT: of_printer(paper.tspl, "~1"),
    Format.EPL: of_printer(paper.epl, None),
    Format.CSV: of_csv,
    Format.JSONL: of_json,
}


NO_NAMES = ["\x1d", "\x1b[2J", "a\u202eb", "\x00", "\x7f", 10_000 * "x", ""]


async def test_a_name_that_cannot_be_printed_is_no_name(dairy: Maker, world):
    async with no_trace(world):
        answers = [
            await dairy.http.put(
                f"/products/{gtin(5)}", json={"product_group": "milk", "name": name}
            )
            for name in NO_NAMES
        ]

    assert {answer.status_code for answer in answers} == {400, 422}
    expected = {"request-invalid", "request-malformed", "card-not-fitting"}
    assert {problem(answer) for answer in answers} == expected


async def test_a_name_of_two_lines_is_one_of_one(dairy: Maker):
    product = await dairy.product(code=gtin(5), name="two\r\nlines")

    file = await dairy.printed(
        batch=str(await dairy.batch(1, of=product)), layout=ROLL, format="csv"
    )

    assert b",two lines," in file


async def test_half_a_character_is_no_text(dairy: Maker, world):
    async with no_trace(world):
        answers = [
            await dairy.http.put(
                f"/prints/{uuid4()}",
                content=b'{"%s": "\\ud800"}' % member,
                headers={"Content-Type": "application/json"},
            )
            for member in (b"reason", b"layout", b"layout_toml", b"codes", b"format")
        ]

    assert {problem(answer) for answer in answers} == {"request-malformed"}


# Goods


async def test_what_is_not_the_askers_is_refused_like_what_is_not_there(
    dairy: Maker, store: Maker, world
):
    batch = await dairy.batch(4)
    codes = await dairy.codes(batch)
    altered = codes[0][:-1] + ("A" if codes[0][-1] != "A" else "B")
    other = codes[1][:24].replace(MILK, gtin(999)) + codes[1][24:]
    ordered = made(await ask(dairy, batch=str(batch)))["print"]

    async with no_trace(world):
        theirs = [await ask(store, codes=[one]) for one in (codes[0], codes[1], other)]
        whole = [await ask(store, batch=one) for one in (str(batch), str(uuid4()))]
        prints = [
            await call(maker, one)
            for maker, one in ((store, ordered), (store, str(uuid4())), (dairy, str(uuid4())))
            for call in (fetched, record, send)
        ]
        mine = await ask(dairy, codes=[altered], reason="again")

    assert {(one.status_code, problem(one)) for one in theirs} == {(404, "unknown-codes")}
    assert {(one.status_code, problem(one)) for one in whole} == {(404, "unknown-batch")}
    assert {(one.status_code, problem(one)) for one in prints[:6]} == {
        (404, "unknown-print"),
        (422, "label-not-made"),  # there is no such printer, whoever asks
    }
    assert problem(mine) == "verification-failed"


async def record(maker: Maker, print_: str):
    return await maker.http.get(f"/prints/{print_}")


async def send(maker: Maker, print_: str, **asked):
    return await maker.http.post(f"/prints/{print_}/sendings", json={"printer": "x", **asked})


async def test_what_was_cancelled_has_no_label_however_it_is_named(dairy: Maker, world):
    batch = await dairy.batch(4)
    codes = await dairy.codes(batch)
    made(await dairy.step("cancel", runs=[run(batch, 1, 1)]))

    async with no_trace(world):
        answers = [
            await ask(dairy, codes=[codes[1]]),
            await ask(dairy, codes=codes, reason="torn"),
            await ask(dairy, batch=str(batch), first=1),
            await ask(dairy, batch=str(batch), first=1, count=1, format="csv"),
        ]

    assert {problem(answer) for answer in answers} == {"status-not-fitting"}


ASKED_WRONGLY = [
    ({"copies": 0}, "request-invalid"),
    ({"copies": 101}, "request-invalid"),
    ({"copies": 10**30}, "request-invalid"),
    ({"copies": 1.5}, "request-invalid"),
    ({"first": 10**30}, "request-invalid"),
    ({"first": 2**62, "count": 2**62}, "run-outside-batch"),
    ({"count": 10**18}, "run-outside-batch"),
    ({"first": -1}, "request-invalid"),
    ({"start": 2}, "label-not-made"),
    ({"start": 1_001}, "request-invalid"),
    ({"layout": "a4-3x8", "start": 25}, "label-not-made"),
    ({"dpi": 10**30}, "request-invalid"),
    ({"dpi": 199}, "label-not-made"),
    ({"format": "png"}, "label-not-made"),
    ({"format": "zpl\n"}, "request-invalid"),
    ({"reason": 501 * "x"}, "request-invalid"),
    ({"reason": "torn\x1b[2J"}, "request-invalid"),
    ({"reason": "torn\u202e"}, "request-invalid"),
    ({"reason": " "}, "request-invalid"),
    ({"qr": True, "format": "zpl-text"}, "request-invalid"),
    ({"qr": True, "layout": "roll-43x25"}, "label-not-made"),
    ({"printer": "10.0.0.1:9100"}, "request-invalid"),
]


async def test_what_is_asked_wrongly_leaves_no_trace(dairy: Maker, world):
    batch = str(await dairy.batch(3))

    async with no_trace(world):
        answers = [await ask(dairy, batch=batch, **wrong) for wrong, _ in ASKED_WRONGLY]

    for (wrong, slug), answer in zip(ASKED_WRONGLY, answers, strict=True):
        assert problem(answer) == slug, (wrong, answer.text)


async def test_thirty_thousand_codes_are_printed_and_one_more_is_not(dairy: Maker, world):
    batch = await dairy.batch(30_001)
    codes = await dairy.codes(batch)
    scattered = codes[:-1:2] + codes[1:-1:2]

    async with no_trace(world):
        refused = await ask(dairy, codes=codes)
        twice = await ask(dairy, codes=[*scattered[:-1], scattered[0]])
    answer = await ask(dairy, codes=scattered, format="jsonl")
    file = await fetched(dairy, made(answer)["print"])

    assert (problem(refused), problem(twice)) == ("request-invalid", "codes-repeated")
    rows = file.content.splitlines()
    assert [orjson.loads(row)["marking_code"] for row in (rows[0], rows[-1])] == [
        scattered[0],
        scattered[-1],
    ]
    assert len(rows) == 30_000
