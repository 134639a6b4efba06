"""Layouts that nobody means well by: refused by the millimetre or the field, at once, by threads."""

import asyncio
import time
from uuid import uuid4

import pytest

from domain.catalogue.templates import Family
from domain.prints.told import Facts
from labels.layouts import checking, ready
from labels.layouts.layout import parse
from labels.output.formats import Format
from labels.press import Order, Report, Run, printed
from labels.refusals import LabelRefused
from labels.text import fonts
from tests.making import MILK, Maker, gtin, no_trace, problem

GOOD = ready.named("roll-58x40").toml
HEAD = 'name = "x"\ntitle = "x"\nkind = "unit"\ndpi = 203\n'
HUGE = "1" + 400 * "0"
# Seconds of a processor: many times what is needed, on a busy machine too, and a fraction of what
# the attacks took that these tests remember.
AT_ONCE = 0.8


def mended(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def wide(width: str) -> str:
    return mended("width_mm = 58", f"width_mm = {width}")


INVALID = {
    "5 mm": (wide("5"), "label.width_mm"),
    "5 m": (wide("5000"), "label.width_mm"),
    "nothing": (wide("0"), "label.width_mm"),
    "less than nothing": (wide("-58"), "label.width_mm"),
    "not a number": (wide("nan"), "label.width_mm"),
    "infinite": (wide("-inf"), "label.width_mm"),
    "beyond what floats hold": (wide("1e999"), "label.width_mm"),
    "a number of 400 digits": (wide(HUGE), "label.width_mm"),
    "a text": (wide('"58"'), "label.width_mm"),
    "true": (wide("true"), "label.width_mm"),
    "a box of 400 digits": (mended("box_mm = [", f"box_mm = [{HUGE}, "), "symbol[1].box_mm"),
    "a box that is not finite": (
        f"{GOOD}\n[[frame]]\nbox_mm = [1, 1, inf, {HUGE}]",
        "frame[1].box_mm",
    ),
    "a page of 400 digits": (
        f"{GOOD}\n[sheet]\npage_mm = [{HUGE}, {HUGE}]\ncolumns = 1\nrows = 1",
        "sheet.page_mm",
    ),
    "many dots": (mended("dpi = 203", f"dpi = {HUGE}"), "dpi"),
    "many dots in sixteens": (mended("dpi = 203", "dpi = 0x" + 10_000 * "f"), "dpi"),
    "10,000 digits": (mended("dpi = 203", "dpi = " + 10_000 * "9"), "toml"),
    "an unknown field": (f"colour = 1\n{GOOD}", "colour"),
    "an unknown field of a part": (mended('align = "left"', 'font = "Comic Sans"'), None),
    "a name twice": (f'name = "y"\n{GOOD}', "toml"),
    "U+0000": (f"{GOOD}# \x00", "toml"),
    "U+0000, escaped": (mended('title = "', 'title = "\\u0000'), "title"),
    "half a character, escaped": (mended('title = "', 'title = "\\uD800'), "toml"),
    "from the right": (mended('title = "', 'title = "\N{RIGHT-TO-LEFT OVERRIDE}'), "title"),
    "a script without font": (mended("{gtin_line}", "条码 {gtin_line}"), "text[3].text"),
    "a foreign script": (f'{GOOD}\n[script]\nrun = "rm"', "script"),
    "no TOML": ("%PDF-1.7", "toml"),
    "brackets": (f"{HEAD}a = {15_000 * '['}", "toml"),
    "braces": (f"{HEAD}a = {5_000 * '{a='}", "toml"),
    "a key of 8,000 parts": (f"{HEAD}a{8_000 * '.a'} = 1", "toml"),
    "a key of quoted parts": (HEAD + '"a"' + 3_900 * '."a"' + " = 1", "toml"),
    "a key with blanks": (f"{HEAD}a{3_900 * ' . a'} = 1", "toml"),
    "a table below 4,000": (
        f"[a{4_000 * '.a'}]\n" + "".join(f"b{at}=1\n" for at in range(800)),
        "toml",
    ),
    "2,000 tables": ("".join(f"[t{at}]\n" for at in range(2_000)), "name"),
    "a list of 8,000": (f"{HEAD}label = [{8_000 * '1,'}]", "label"),
    "1,500 parts": (f"{GOOD}\n" + 1_500 * "[[line]]\n", "line"),
    "10,000 labels to a page": (
        f"{GOOD}\n[sheet]\npage_mm = [210, 297]\ncolumns = 100\nrows = 100",
        "sheet.rows",
    ),
    "a field that there is not": (mended("{product_name}", "{verification_code}"), "text[1].text"),
    "the name 20 times": (mended("{product_name}", 20 * "{product_name}"), "text"),
    "empty": ("", "name"),
}


@pytest.mark.parametrize("name", INVALID)
def test_a_layout_that_is_none_is_refused_at_once_by_its_field(name):
    (text, field), goods, font = INVALID[name], checking.of_shape(Family.S, 6), fonts.find()
    began = time.thread_time()

    with pytest.raises(LabelRefused) as refused:
        checking.check(parse(text), 203, goods, font)

    assert time.thread_time() - began < AT_ONCE
    told = refused.value.facts
    assert refused.value.slug == "label-layout-invalid"
    assert field is None or told["field"] == field, told


def costly(opening: str, name: str) -> tuple[str, Facts]:
    """A layout as slow as one may be: long names without a place to break, set at every size."""
    texts = "".join(
        f'[[text]]\ntext = "{at} {opening}{{product_name}}{{maker}}"\n'
        f"box_mm = [40, {at * 40 + 1}, 250, 39]\nsize_pt = [72, 4]\n"
        for at in range(10)
    )
    label = '[label]\nwidth_mm = 300\nheight_mm = 450\n[[symbol]]\nkind = "data-matrix"\n'
    return f"{HEAD}{label}box_mm = [1, 1, 30, 30]\n{texts}", Facts(name, MILK, maker=name)


@pytest.mark.parametrize("name", [1_000 * "Ж", 500 * "z ", 500 * "-a", 500 * "1,5"])
def test_the_slowest_layout_is_checked_in_a_moment(name):
    text, facts = costly("", name)
    goods = checking.of_shape(Family.L44, 13, facts=facts)
    fonts.find()
    began = time.thread_time()

    checking.check(parse(text), 1_200, goods)

    assert time.thread_time() - began < 3 * AT_ONCE


BLACK = "".join(
    f"[[line]]\nfrom_mm = [{40 + at * 6}, 1]\nto_mm = [{40 + at * 6}, 449]\nthickness_mm = 5\n"
    for at in range(40)
)


@pytest.mark.parametrize("form", [Format.TSPL, Format.TSPL_TEXT, Format.EPL, Format.ZPL])
def test_labels_that_are_nearly_black_come_one_by_one(form):
    """A label of 26 MB; a thousand of them at once would be more than a server has."""
    text, facts = costly("", "x")
    layout = parse(text.partition("[[text]]")[0] + BLACK)
    codes = [f"01{MILK}212aaa{at:02}\x1d93aaaa" for at in range(3)]
    order = Order(layout, form, fonts.find(), dpi=1_200)

    pieces = list(printed([Run(facts, Family.S, codes)], order, Report()))

    assert len(pieces) == len(codes)


async def test_none_of_them_leaves_a_trace(dairy: Maker, world):
    batch = str(await dairy.batch(3))
    sent = [text for text, _ in INVALID.values() if text and "\x00" not in text]

    async with no_trace(world):
        ordered = [
            await dairy.http.put(f"/prints/{uuid4()}", json={"batch": batch, "layout_toml": text})
            for text in sent
        ]
        checked = [
            await dairy.http.post("/layouts/check", content=text) for text, _ in INVALID.values()
        ]

    assert [one.status_code for one in ordered] == [422] * len(sent)
    assert {problem(one) for one in ordered} <= {"label-not-made", "request-invalid"}
    # What the font has not is told with the goods: here by `fits`.
    assert {one.status_code for one in checked} == {200, 422}
    for one in checked:
        if one.status_code == 200:
            assert {room["reason"] for room in one.json()["fits"]} == {"label-layout-invalid"}


BODIES = [
    (b'{"layout_toml": "\\u0000", "batch": "%s"}', "request-malformed"),
    (b'{"layout_toml": "\\ud800", "batch": "%s"}', "request-malformed"),
    (b'{"layout_toml": "\xff", "batch": "%s"}', "request-malformed"),
    (b'{"layout_toml": 1e999, "batch": "%s"}', "request-malformed"),
    (b'{"layout_toml": NaN, "batch": "%s"}', "request-malformed"),
    (b'{"layout_toml": {"a": 1}, "batch": "%s"}', "request-invalid"),
    (b'{"layout": "../../etc/passwd", "batch": "%s"}', "label-not-made"),
    (b'{"layout": "roll-58x40.toml", "batch": "%s"}', "label-not-made"),
    (b'{"layout": "", "batch": "%s"}', "label-not-made"),
    (b'{"layout": "roll-58x40", "dpi": 1%s0, "batch": "x"}' % (b"0" * 50), "request-invalid"),
]


async def test_what_json_can_do_to_a_layout(dairy: Maker, world):
    batch = str(await dairy.batch(1)).encode()
    headers = {"Content-Type": "application/json"}

    async with no_trace(world):
        answers = [
            await dairy.http.put(
                f"/prints/{uuid4()}", content=body.replace(b"%s", batch), headers=headers
            )
            for body, _ in BODIES
        ]

    assert [problem(answer) for answer in answers] == [slug for _, slug in BODIES]


async def test_a_layout_that_is_no_utf_8(dairy: Maker):
    for content in (b"\xff\xfe", b'name = "\xc3\x28"', b"\xed\xa0\x80"):
        answer = await dairy.http.post("/layouts/check", content=content)
        assert problem(answer) == "request-malformed"


async def test_layouts_are_checked_beside_other_requests(dairy: Maker):
    """The thread that answers everybody does not wait for a costly layout."""
    product = await dairy.product(code=gtin(4), name=1_000 * "Ж")
    batch = str(await dairy.batch(1, of=product))

    async def checked(layout: dict) -> None:
        asked = {"batch": batch, "dpi": 1_200, **layout}
        answer = await dairy.http.put(f"/prints/{uuid4()}", json=asked, params={"dry_run": True})
        assert answer.status_code == 200, answer.text

    await checked({"layout": "roll-58x40"})
    in_all, own = time.process_time(), time.thread_time()
    await asyncio.gather(*(checked({"layout_toml": costly(at, "")[0]}) for at in "abcdefgh"))
    in_all, own = time.process_time() - in_all, time.thread_time() - own

    assert own < in_all / 2
