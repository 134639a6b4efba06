"""As a producer I register a batch of goods, and its codes come into circulation with them."""

from uuid import uuid4

from tests.making import MILK, at_work, faults, made, run
from tests.world import MINSK_DAIRY


async def test_a_dairy_registers_a_batch_of_milk_and_brings_it_into_circulation(world):
    async with at_work(world, MINSK_DAIRY) as dairy:
        await dairy.product(name="Молоко «Луговое» 3,2 %, 1 л")

        # It orders the codes of tomorrow's production; lot and dates are told when they are known.
        batch = await dairy.batch(1_000_000)

        # The line's printer fetches the codes it needs now, block by block.
        blocks = (await dairy.http.get(f"/batches/{batch}/blocks")).json()["blocks"]
        first = await dairy.http.get(f"/batches/{batch}/blocks/{blocks[0]['block']}")
        codes = first.text.split("\n")[:-1]
        assert sum(block["count"] for block in blocks) == 1_000_000
        assert len(codes) == blocks[0]["count"]

        # The camera behind the applicator saw these; one label was torn and one was seen twice.
        seen = [*codes[:500], *codes[501:1_000], codes[7]]
        scans = "\r\n".join(seen).encode()
        rehearsed = await dairy.upload("apply", scans, dry_run="true")
        assert rehearsed.json()["refused_by_reason"] == {"repeated": 1}
        request = uuid4()
        applied = made(await dairy.upload("apply", scans, request, partial="true"))
        assert applied["units"] == 999
        assert applied["lines"][-1] == {
            "first_line": 1_000,
            "last_line": 1_000,
            "verdict": "repeated",
        }

        # The network was lost before the answer came: it asks again, and nothing happens twice.
        again = await dairy.upload("apply", scans, request, partial="true")
        assert (again.status_code, again.json()) == (200, applied)

        # The torn label is cancelled, and the pallet goes into circulation with its lot.
        made(await dairy.step("cancel", codes=[codes[500]]))
        made(
            await dairy.step(
                "introduce",
                runs=[run(batch, 0, 500), run(batch, 501, 499)],
                lot={
                    "lot_number": "L-1122",
                    "produced_on": "2026-11-20",
                    "expires_on": "2026-12-20",
                },
            )
        )

        # How the batch stands now.
        now = (await dairy.http.get(f"/batches/{batch}")).json()
        assert now["gtin"] == MILK
        assert now["units"] == {"ISSUED": 999_000, "IN_CIRCULATION": 999, "CANCELLED": 1}

    assert await faults(world) == {}
