import re
from urllib.parse import quote

import pytest

from api.settings import Settings
from api.traced import HistoryAnswer, VerdictAnswer
from domain.standards.element_string import GS
from labels.output.symbol_svg import svg
from labels.symbols import qr
from tests.browsing import HOSTILE, PAGE, Reader, blank, link, read, upload
from tests.making import MILK, at_work, problem
from tests.world import MINSK_DAIRY, World, running


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


async def test_the_first_page_is_one_box(person):
    page = read(await person.get("/"))

    forms = [attrs for tag, attrs in page.tags if tag == "form"]
    inputs = [attrs["name"] for tag, attrs in page.tags if tag == "input"]
    assert forms[0]["action"] == "/scan"
    assert inputs == ["code", "picture"]
    assert page.text.count("Is it genuine?") == 1


@pytest.mark.parametrize(
    ("address", "header", "code"), [("/", "ru", "ru"), ("/?lang=en", "ru", "en"), ("/", "", "en")]
)
async def test_pages_speak_the_reader_s_language(person, address, header, code):
    answer = await person.get(address, headers={"Accept-Language": header})

    assert ("html", {"lang": code}) in read(answer).tags
    assert answer.headers["content-language"] == code
    assert "Accept-Language" in answer.headers["vary"]


async def test_everything_a_page_refers_to_is_there(person, dairy):
    [code] = await dairy.circulating(1)
    page = read(await person.get(link(code)))

    for address in page.values("href", "src"):
        if not address.startswith("#"):
            assert (await person.get(address)).status_code == 200, address


async def test_files_are_kept_for_ever_under_a_name_that_changes_with_them(person):
    [style] = [one for one in read(await person.get("/")).values("href") if "tamga.css" in one]

    answer = await person.get(style)

    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert read(await person.get("/static/nothing"), 404).text.count("That did not work") == 2


async def test_the_page_of_a_unit_tells_verdict_checks_product_and_history(person, dairy):
    [code] = await dairy.circulating(1)

    page = read(await person.get(link(code)))

    assert page.text.index("Genuine, in circulation") < page.text.index("What was checked")
    for told in (
        'Молоко <b>3,2 %</b> & "сливки"',
        "Verification code : Right. It is this code's own.",
        "Copies : Not checked.",
        "Code issued in Belarus",
        "Belarus : the goods are here",
        "Put into circulation",
        MILK,
    ):
        assert told in page.text, told
    assert page.text.index("Put into circulation") < page.text.index("Code issued Status")
    times = [attrs["datetime"] for tag, attrs in page.tags if tag == "time"]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3


async def test_a_program_gets_the_verdict_and_the_history(person, dairy):
    [code] = await dairy.circulating(1)

    answer = await person.get(link(code), headers={"Accept": "application/json"})

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert "Accept" in answer.headers["vary"]
    told = answer.json()
    assert VerdictAnswer.model_validate(told["verdict"]).repairs == ["digital-link"]
    assert len(HistoryAnswer.model_validate(told["history"]).events) == 3
    asked = (await person.post("/verify", json={"code": code})).json()
    assert told["verdict"] == {**asked, "repairs": ["digital-link"]}
    by_link = await person.get(f"{link(code)}&format=json")
    assert by_link.json().keys() == told.keys()


async def test_the_verification_code_stands_in_addresses_alone(person, dairy, world):
    [code] = await dairy.circulating(1)
    tail = link(code).partition("?")[2]

    page = read(await person.get(link(code)))

    secret = code.partition(GS)[2][2:]
    assert any(tail in one for one in page.values("href"))
    others = [
        value or ""
        for _, attrs in page.tags
        for name, value in attrs.items()
        if name not in {"href", "src", "d"}
    ]
    assert secret not in page.text
    assert not [one for one in others if secret in one]
    assert "93" + secret not in world.log.getvalue()
    assert tail not in world.log.getvalue()
    assert "/01/{gtin}/21/{serial" in world.log.getvalue()


def blurred(text: str, code: str) -> str:
    """A page without what differs between two units that are answered alike."""
    serial = code.partition(GS)[0][18:]
    page = Reader(text)
    told = [page.text.replace(serial, "S")]
    told += [one.replace(quote(serial, safe=""), "S") for one in page.values("href", "src")]
    return re.sub(r"\d\d:\d\d", "T", " ".join(told))


async def test_a_stranger_without_a_right_code_is_told_the_product_and_nothing_else(person, dairy):
    code, other = await dairy.circulating(2)
    [issued] = await dairy.codes(await dairy.batch(1))
    wrong = {
        "never issued": f"01{MILK}212zzzzz{GS}93AAAA",
        "another's tail": code.partition(GS)[0] + GS + other.partition(GS)[2],
        "wrong tail": code.partition(GS)[0] + GS + "93AAAA",
        "not applied": issued.partition(GS)[0] + GS + "93AAAA",
    }

    answers = {name: await person.get(link(one)) for name, one in wrong.items()}

    pages = {name: read(answer) for name, answer in answers.items()}
    for name, page in pages.items():
        assert "Not confirmed" in page.text, name
        assert "Молоко" in page.text
        assert "Put into circulation" not in page.text
        assert "AAAA" not in answers[name].text
        assert not [one for one in page.values("href", "src") if "93=" in one]
    assert len({blurred(answers[name].text, one) for name, one in wrong.items()}) == 1
    data = await person.get(link(wrong["wrong tail"]) + "&format=json")
    assert data.json()["history"] is None
    assert data.json()["verdict"]["verdict"] == "not-confirmed"


async def test_without_a_verification_code_the_page_says_that_it_is_missing(person, dairy):
    [code] = await dairy.circulating(1)

    page = read(await person.get(link(code.partition(GS)[0])))

    assert "Not confirmed" in page.text
    assert "None was in the scan" in page.text


async def test_who_takes_part_sees_the_parties(dairy):
    [code] = await dairy.circulating(1)

    answer = await dairy.http.get(link(code.partition(GS)[0]), headers=PAGE)

    page = read(answer)
    assert "Held by Минский молочный завод, Belarus" in page.text
    assert "Recorded by Минский молочный завод, Belarus" in page.text
    assert "Authorization" in answer.headers["vary"]


@pytest.mark.usefixtures("dairy")
@pytest.mark.parametrize("serial", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("code", [MILK, "1", '"><script>'], ids=["known", "short", "hostile"])
async def test_hostile_addresses_are_harmless(person, serial, code):
    address = f"/01/{quote(code, safe='')}/21/{quote(serial, safe='')}?92={quote(serial)}"

    page = read(await person.get(address, headers={"Accept-Language": serial.encode()}))

    assert "alert(1)" not in "".join(page.values("href", "src", "value"))


async def test_a_slash_in_a_serial_is_no_part_of_the_path(dairy):
    serial = "2a/b?c#d%"[:6]
    await dairy.register(serials=[serial], emission="REMAINS")

    answer = await dairy.http.get(f"/01/{MILK}/21/{quote(serial, safe='')}", headers=PAGE)

    assert serial in read(answer).text
    assert "Code issued" in read(answer).text


async def test_the_qr_code_of_a_page_leads_to_it(person, dairy, settings):
    [code] = await dairy.circulating(1)

    answer = await person.get(f"{link(code)}&format=svg")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.text == svg(qr.one(settings.base_url + link(code)))
    read(await person.get("/01/1/21/x", params={"format": "svg"}), 404)


class TestLimits:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(
            database_url=database_url,
            master_key=bytes(range(32)),
            database_connections=4,
            failed_tries_per_client=3,
        )

    async def test_who_tries_too_often_must_wait(self, person):
        for _ in range(3):
            assert (await person.get(f"/01/{MILK}/21/2zzzzz")).status_code == 200

        answer = await person.get(f"/01/{MILK}/21/2zzzzz", headers={"Accept-Language": "ru"})

        page = read(answer, 429)
        assert "Слишком много неподтверждённых кодов" in page.text
        assert f"Подождать, секунд: {answer.headers['retry-after']}" in page.text
        assert "/problems/too-many-tries" in page.values("href")
        read(await person.post("/scan", data={"code": "anything"}), 429)
        data = await person.get(f"/01/{MILK}/21/2zzzzz", headers={"Accept": "application/json"})
        assert problem(data) == "too-many-tries"

    async def test_pictures_without_a_code_are_tries_too(self, person):
        answers = [await person.post("/scan", files=upload(blank())) for _ in range(4)]

        assert [one.status_code for one in answers] == [200, 200, 200, 429]


async def test_without_its_master_key_the_registry_says_that_it_is_not_ready(database_url):
    async with running(Settings(database_url=database_url)) as world, world.as_stranger() as person:
        answer = await person.get(f"/01/{MILK}/21/2zzzzz", headers=PAGE)

    assert "The registry is not ready to check codes" in read(answer, 503).text


async def test_a_key_that_is_not_accepted_gets_a_page_too(person):
    answer = await person.get(f"/01/{MILK}/21/x", headers={"Authorization": "Bearer nonsense"})

    assert "The API key is not accepted." in read(answer, 401).text
