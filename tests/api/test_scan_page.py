import pytest

from domain.catalogue.templates import Family
from domain.standards.element_string import GS
from tests.browsing import HOSTILE, PAGE, blank, link, picture, read, upload
from tests.making import MILK, at_work, gtin, made, run
from tests.world import ALMATY_STORE, MINSK_DAIRY, World

TOBACCO = gtin(3)


@pytest.fixture
async def dairy(world: World):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product(name='Молоко <b>3,2 %</b> & "сливки"')
        yield maker


@pytest.fixture
async def person(world: World):
    """Somebody with a browser and no key."""
    async with world.as_stranger() as browser:
        browser.headers.update(PAGE)
        yield browser


@pytest.mark.usefixtures("dairy")
@pytest.mark.parametrize("serial", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_scans_are_harmless(person, serial):
    for text in (serial, f"01{MILK}21{serial}", f"https://x/{serial}?lang={serial}"):
        read(await person.post("/scan", data={"code": text}))


async def test_a_typed_code_is_repaired_and_the_page_says_how(person, dairy):
    [code] = await dairy.circulating(1)
    body, _, tail = code.partition(GS)

    page = read(
        await person.post(
            "/scan", data={"code": f"(01){body[2:16]}(21){body[18:]}({tail[:2]}){tail[2:]}"}
        )
    )

    assert "Genuine, in circulation" in page.text
    assert "Brackets were dropped." in page.text
    assert link(code) in " ".join(page.values("href"))


@pytest.mark.usefixtures("dairy")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "There is no code."),
        ("hello", "This is not a marking code."),
        (MILK, "This names a product, not a unit of it: the serial is missing."),
        (f"01{MILK[:-1]}021abc", "Not a marking code"),
        ("x" * 1_001, "This is too long for a code."),
        ("00146000000000000012", "This is the code of a transport package, not of a unit."),
    ],
)
async def test_what_is_no_unit_s_code_gets_a_page_that_says_why(person, text, told):
    assert told in read(await person.post("/scan", data={"code": text})).text


async def test_a_photographed_label_is_read(person, dairy):
    [code] = await dairy.circulating(1)

    page = read(await person.post("/scan", files=upload(picture(code))))

    assert "Genuine, in circulation" in page.text
    assert "Repaired in the scan" not in page.text


async def test_several_codes_in_one_picture_are_listed(person, dairy):
    codes = [*await dairy.circulating(2), f"01{MILK}212zzzzz{GS}93AAAA"]

    page = read(await person.post("/scan?lang=ru", files=upload(picture(*codes))))

    assert page.text.count("Подлинный, в обороте") == 2
    assert page.text.count("подтверждён") == 1
    assert "Кодов на снимке: 3" in page.text
    assert f"{link(codes[0])}&lang=ru" in page.values("href")


async def test_a_pack_without_a_web_address_is_shown_and_can_be_opened(person, world):
    async with at_work(world, ALMATY_STORE) as store:
        await store.product("tobacco", TOBACCO, "Cigarettes")
        batch = await store.batch(2, of=TOBACCO, template="tobacco-t29", price_minor=15_000)
        made(await store.step("apply", runs=[run(batch, 0, 2)]))
        codes = await store.codes(batch)

    one = read(await person.post("/scan", data={"code": codes[0]}))
    both = read(await person.post("/scan", files=upload(picture(*codes, family=Family.T29))))

    assert "A pack code has no web address" in one.text
    assert sorted(both.values("value")) == sorted(codes)


async def test_a_picture_without_a_code_is_told_so(person):
    page = read(await person.post("/scan", files=upload(blank())))

    assert "No code was found in the picture" in page.text


async def test_what_is_no_picture_is_refused_with_a_page(person):
    page = read(await person.post("/scan", files=upload(b"not a picture")), 422)

    assert "/problems/picture-unreadable" in page.values("href")
    assert "The picture cannot be read." in page.text


async def test_a_picture_that_is_too_large_is_refused_with_a_page(person):
    answer = await person.post("/scan", files=upload(bytes(21_000_000)))

    assert "/problems/body-too-large" in read(answer, 413).values("href")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    "request_sent",
    [
        {"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}},
        {"files": [("a", b"1"), ("b", b"2")]},
        {"data": dict.fromkeys("abcdefg", "1")},
    ],
    ids=["cut off", "two files", "many fields"],
)
async def test_a_form_that_cannot_be_read_is_refused_with_a_page(person, request_sent):
    answer = await person.post("/scan", **request_sent)

    assert "/problems/request-malformed" in read(answer, 400).values("href")


async def test_a_form_of_another_kind_holds_no_code(person):
    answer = await person.post("/scan", content=b"{}", headers={"Content-Type": "text/plain"})

    assert "There is no code." in read(answer).text
