"""As anybody I scan a code, and see whether the goods are genuine and what happened to them."""

from datetime import datetime

from domain.standards import digital_link, element_string
from domain.standards.keyboard_layouts import LAYOUTS
from tests.making import at_work, made
from tests.world import KAZAKH_INSPECTOR, MINSK_DAIRY

GS = chr(29)
RUSSIAN = next(layout for layout in LAYOUTS if layout.name == "russian")


async def test_a_buyer_a_till_and_an_inspector_scan_one_carton(world):
    await world.settle(KAZAKH_INSPECTOR)
    async with at_work(world, MINSK_DAIRY) as dairy:
        await dairy.product()
        batch = await dairy.batch(1)
        [code] = await dairy.codes(batch)
        made(await dairy.step("apply", codes=[code], place="Line 2"))
        lot = {"produced_on": "2026-11-20", "expires_on": "2099-12-20"}
        introduced = made(await dairy.step("introduce", codes=[code], lot=lot))

    # A buyer's phone reads the QR code beside it: an address that carries the whole code.
    link = digital_link.build(element_string.parse(code), resolver="https://tamga.example.org")
    async with world.as_stranger() as buyer:
        verdict = (await buyer.post("/verify", json={"code": link})).json()
        assert verdict["verdict"] == "in-circulation"
        assert verdict["product"]["name"] == "Молоко 3,2 %"
        assert all(check["passed"] for check in verdict["checks"])

        # And what happened to it; who did it is not a buyer's business.
        history = (await buyer.post("/history", json={"code": link})).json()
        assert [event["kind"] for event in history["events"]] == [
            "REGISTERED",
            "APPLIED",
            "INTRODUCED",
        ]
        assert MINSK_DAIRY.name not in str(history)

        # Somebody wrote a likely number on a carton of their own.
        forged = (await buyer.post("/verify", json={"code": f"{code[:-4]}AAAA"})).json()
        assert forged["verdict"] == "not-confirmed"
        assert "status" not in forged

    # A till whose scanner is a keyboard with the Russian layout on it, and swallows separators.
    typed = RUSSIAN.type(code.replace(GS, ""))
    async with world.as_stranger() as till:
        mended = (await till.post("/verify", json={"code": typed})).json()
        assert mended["verdict"] == "in-circulation"
        assert mended["code"] == code.split(GS)[0]
        assert mended["repairs"]

    # An inspector asks how it stood before it was introduced, and who held it.
    async with world.as_(KAZAKH_INSPECTOR) as inspector:
        moments = [
            datetime.fromisoformat(event["recorded_at"])
            for event in (await inspector.post("/history", json={"code": code})).json()["events"]
        ]
        answer = await inspector.post(
            "/standing", json={"code": code, "as_of": moments[1].isoformat()}
        )
        assert answer.json()["standing"]["status"] == "APPLIED"
        assert answer.json()["standing"]["holder"]["name"] == MINSK_DAIRY.name
        assert answer.json()["standing"]["place"] == "Line 2"
        assert moments[2] == datetime.fromisoformat(introduced["recorded_at"])
