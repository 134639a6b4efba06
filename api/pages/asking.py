"""One scan, answered for a page: its verdict, its history, and the address it can be kept under."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends

from api.dependencies import (
    OptionalParticipant,
    TheAsker,
    TheDatabase,
    TheKeyring,
    TheMetrics,
)
from api.limits import Asker
from api.telemetry import Metrics
from api.trace import count
from domain.catalogue.groups import catalogue
from domain.codes import intake
from domain.codes.readings import Reading
from domain.database import Database
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.standards import digital_link, element_string
from domain.trace import actions

SECONDS = 5.0  # a person waits so long, and rather reads "not decided" than nothing
# AI 10 would stand in the path, before AI 21: the page's address names the unit alone.
NOT_IN_ADDRESS = frozenset({"10"})


@dataclass(frozen=True)
class Answer:
    """What the registry says to one scan. `history` None: the asker may not see it."""

    verdict: dict[str, Any]
    history: dict[str, Any] | None
    reading: Reading | None

    @property
    def is_proven(self) -> bool:
        """Whether a verification code was shown and is right."""
        return any(one["name"] == "genuine" and one["passed"] for one in self.verdict["checks"])

    @property
    def address(self) -> str | None:
        """Path and query of the history page; with the verification code only if that is right.

        None where no Digital Link says the same: packs of T29 have no AIs.
        """
        if self.reading is None:
            return None
        code = self.reading.identification_code
        if self.is_proven:
            code = self.reading.marking_code
        try:
            elements = element_string.parse(code)
            return digital_link.build(
                [one for one in elements if one.ai not in NOT_IN_ADDRESS], resolver=""
            )
        except ValueError:
            return None


@dataclass(frozen=True)
class Desk:
    """Where a person asks: who it is, and what it takes to answer."""

    database: Database
    keyring: Keyring
    metrics: Metrics
    asker: Asker
    actor: Actor | None

    async def ask(self, raw: str) -> Answer:
        """The verdict on one scan, and the history if the asker may see it."""
        verdict = await self.judge(raw)
        history = None
        if "status" in verdict:
            history = await actions.history(
                self.database, raw, actor=self.actor, keyring=self.keyring
            )
        return Answer(verdict, history, reading_of(raw, verdict))

    async def judge(self, raw: str) -> dict[str, Any]:
        """The verdict, as often as this client may fail to have a code confirmed."""
        self.asker.check(intake.gtins(raw))
        verdict = await actions.verify(
            self.database, raw, actor=self.actor, keyring=self.keyring, deadline=SECONDS
        )
        if count(self.metrics, [verdict]):
            self.asker.failed(verdict.get("gtin"))
        return verdict


def reading_of(raw: str, verdict: dict[str, Any]) -> Reading | None:
    """How the scan was read for this verdict, if in one way."""
    templates = {}
    if product := verdict.get("product"):
        templates[verdict["gtin"]] = catalogue().templates_of(product["product_group"])
    caps_lock = "caps-lock" in verdict.get("repairs", ())
    found = [
        one
        for one in intake.read(raw, templates, caps_lock=caps_lock).readings
        if one.identification_code == verdict.get("code")
    ]
    return found[0] if len(found) == 1 else None


async def desk(
    database: TheDatabase,
    keyring: TheKeyring,
    metrics: TheMetrics,
    asker: TheAsker,
    actor: OptionalParticipant,
) -> Desk:
    return Desk(database, keyring, metrics, asker, actor)


TheDesk = Annotated[Desk, Depends(desk)]
