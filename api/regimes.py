"""By which road goods of a group go from one member state to another."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.catalogue import StandingAnswer
from api.dependencies import TheDatabase
from api.problems import refusals
from domain.catalogue import actions
from domain.catalogue.actions import GroupPage
from domain.catalogue.regimes import Regime, road
from domain.errors import UnknownProductGroup
from domain.errors_of_custody import NoBorderCrossed
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

router = Router("catalogue")

STANDING: dict[str, Any] = {
    "standing": "IN_FORCE",
    "decision": "EEC Council decision 129 of 2020-12-23",
    "basis": "In force since 2021-07-08 (datamark.by).",
    "on_whose_word": "catalogue",
    "confidence": "H",
}
ROAD: dict[str, Any] = {
    "product_group": "milk",
    "from": "BY",
    "to": "RU",
    "date": "2026-11-22",
    "regime": "RECOGNITION",
    "status_in_origin": "WITHDRAWN",
    "status_in_destination": "IN_CIRCULATION",
    "right_road": "Offer the goods to the receiver under the codes that they bear; "
    "they enter circulation in RU when the receiver accepts them.",
    "basis": "Agreement of 2 February 2018 on marking: states that both mark recognise each "
    "other's codes, and goods are not marked anew.",
    "source": "zan.kz H25EK000100",
    "confidence": "H",
    "is_assumption": False,
    "origin": STANDING,
    "destination": STANDING,
}


class RegimeAnswer(BaseModel):
    """The road, what it rests on, and whether marking is in force on either side."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [ROAD]})

    product_group: str
    from_: Annotated[MemberState, Field(alias="from")]
    to: MemberState
    on: Annotated[date, Field(alias="date")]
    regime: Regime
    status_in_origin: Annotated[
        UnitStatus | None, Field(description="Null: nothing is recorded there.")
    ]
    status_in_destination: UnitStatus | None
    right_road: Annotated[str, Field(description="What the sender has to do.")]
    basis: str
    source: str
    confidence: str
    is_assumption: bool
    origin: StandingAnswer
    destination: StandingAnswer

    @classmethod
    def of(cls, page: GroupPage, origin: MemberState, destination: MemberState) -> "RegimeAnswer":
        found = road(page.group.code, origin, destination, page.on, page.declarations)
        return cls(
            product_group=found.product_group,
            from_=found.origin,
            to=found.destination,
            on=page.on,
            regime=found.regime,
            status_in_origin=found.status_in_origin,
            status_in_destination=found.status_in_destination,
            right_road=found.right_road,
            basis=found.basis,
            source=found.source,
            confidence=found.confidence,
            is_assumption=found.is_assumption,
            origin=StandingAnswer.model_validate(page.standings[origin]),
            destination=StandingAnswer.model_validate(page.standings[destination]),
        )


@router.get("/regimes", responses=refusals(UnknownProductGroup, NoBorderCrossed))
async def read_regime(
    product_group: Annotated[str, Query(description="Code, number, name or alias.")],
    origin: Annotated[MemberState, Query(alias="from", description="Where the goods are.")],
    destination: Annotated[MemberState, Query(alias="to", description="Where they go.")],
    database: TheDatabase,
    on: Annotated[date | None, Query(alias="date", description="The day; today.")] = None,
) -> RegimeAnswer:
    """The regime for a product group between two member states, with its legal basis."""
    page = await actions.describe_group(database, product_group, on)
    return RegimeAnswer.of(page, origin, destination)
