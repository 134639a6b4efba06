"""A code that is altered in one character is nobody's: in every family, at every place."""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.standards.alphabets import Alphabet
from tests.making import Maker, at_work, gtin, made, no_trace, problem
from tests.world import ALMATY_STORE, MINSK_DAIRY, Character, World

GS = chr(29)
SYMBOLS = Alphabet.SET_82.characters
GTIN = gtin(42)


@dataclass(frozen=True)
class Kind:
    """Goods whose codes are altered. `fixed` are the places of AIs and separators."""

    group: str
    maker: Character
    given: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.given.get("template", self.group))


KINDS = [
    Kind("milk", MINSK_DAIRY),
    Kind("lp", MINSK_DAIRY),
    Kind("furs", MINSK_DAIRY),
    Kind("beer", ALMATY_STORE),
    Kind("shoes", ALMATY_STORE, {"tnved": "6403"}),
    Kind("pharma", ALMATY_STORE),
    Kind("tobacco", ALMATY_STORE, {"template": "tobacco-t29", "price_minor": 15_000}),
    Kind("tobacco", ALMATY_STORE, {"template": "tobacco-block-s", "price_minor": 150_000}),
    Kind("tobacco", ALMATY_STORE, {"template": "tobacco-s"}),
]


def alterations(code: str) -> Iterator[str]:
    """The code with one character of its GTIN, serial, price or checks put for another."""
    chance = random.Random(code)  # noqa: S311 - drawn to be different, not to be secret
    for at in places(code):
        letter = code[at]
        others = {letter.swapcase(), chance.choice(SYMBOLS), chance.choice(string.digits)}
        index = SYMBOLS.index(letter)
        others |= {SYMBOLS[index - 1], SYMBOLS[(index + 1) % len(SYMBOLS)]}
        yield from (code[:at] + other + code[at + 1 :] for other in sorted(others - {letter}))


def places(code: str) -> Iterator[int]:
    """Where something stands that is not an AI, a separator, or what no check covers."""
    if not code.startswith(f"01{GTIN}"):
        yield from range(len(code))
        return
    at = 0
    for part in code.split(GS):
        ai = next(ai for ai in ("01", "240", "8005", "91", "92", "93") if part.startswith(ai))
        if ai != "240":
            yield from (place for place in range(at + len(ai), at + len(part)))
        at += len(part) + 1


def altered(code: str) -> list[str]:
    serial_ai = range(16, 18) if code.startswith(f"01{GTIN}") else range(0)
    return [one for one in alterations(code) if all(one[at] == code[at] for at in serial_ai)]


async def make(maker: Maker, kind: Kind) -> str:
    await maker.product(kind.group, GTIN, "Товар")
    batch = await maker.batch(50, of=GTIN, **kind.given)
    return (await maker.codes(batch, first=17, count=1))[0]


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_no_altered_code_is_taken_for_the_real_one(world: World, kind: Kind):
    async with at_work(world, kind.maker) as maker:
        code = await make(maker, kind)
        wrong = altered(code)

        async with no_trace(world):
            told = await maker.step("apply", codes=wrong, dry_run=True)
            refused = await maker.step("apply", codes=[code, wrong[-1]])
            by_file = await maker.upload("apply", "\n".join([wrong[-1], code]).encode())
        bulk = (await maker.http.post("/verify/bulk", json={"codes": [*wrong, code]})).json()

        assert len(wrong) > 50
        assert told.json()["units"] == 0
        assert {line["verdict"] for line in told.json()["lines"]} <= {
            "verification-failed",
            "unknown",
            "unreadable",
        }
        assert problem(refused) == problem(by_file)
        assert problem(refused) in {"verification-failed", "unknown-codes", "unreadable-codes"}
        *verdicts, right = [one["verdict"] for one in bulk["verdicts"]]
        assert set(verdicts) <= {"not-confirmed", "unreadable"}
        assert right == "not-yet-in-circulation"
        assert made(await maker.step("apply", codes=[code]))["units"] == 1


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_no_altered_code_is_confirmed_to_a_stranger(world: World, kind: Kind):
    async with at_work(world, kind.maker) as maker, world.as_stranger() as stranger:
        code = await make(maker, kind)
        right = (await stranger.post("/verify", json={"code": code})).json()
        told = [
            (await stranger.post("/verify", json={"code": one})).json()
            for one in altered(code)[::3]
        ]
        histories = [
            await stranger.post("/history", json={"code": one}) for one in altered(code)[::40]
        ]

    assert right["verdict"] == "not-yet-in-circulation"
    assert {one["verdict"] for one in told} <= {"not-confirmed", "unreadable"}
    assert not any("status" in one or one["checks"] for one in told)
    assert {problem(one) for one in histories} <= {"unknown-codes", "unreadable-codes"}
