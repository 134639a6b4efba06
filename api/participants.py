"""Participants of turnover, operators and inspectors, and their API keys."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from api.bodies import Router
from api.dependencies import CurrentCredential, MayAdminister, MayRead, TheDatabase
from api.problems import refusals
from domain.errors import (
    ExpiryPassed,
    NotTheirOperator,
    OtherMemberState,
    ParticipantIdentityFixed,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    ScopeMissing,
    TaxIdRegistered,
    UnknownKey,
    UnknownParticipant,
)
from domain.participants import actions, rules
from domain.participants.actions import Partner
from domain.participants.rules import Card, KeyTerms, ListedKey, Registered
from domain.standards import gs1_keys, member_state
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, Scope

router = Router("participants")

DAIRY: dict[str, Any] = {
    "name": "Минский молочный завод",
    "member_state": "BY",
    "tax_id": "100000050",
    "gln": "4810000000018",
    "roles": ["PARTICIPANT"],
}
DAIRY_ID = "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a11"
KEY_ID = "0198c1f5-20d2-7d0b-8a4e-5f1c6f0c2b33"
SINCE = "2026-11-22T09:00:00Z"


class ParticipantCard(BaseModel):
    """What the operator of a member state registers of a participant."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [DAIRY]}
    )

    name: Annotated[str, Field(min_length=1, max_length=500)]
    member_state: MemberState
    tax_id: Annotated[str, Field(description="Checked by the rule of the member state.")]
    gln: Annotated[str | None, Field(description="13 digits with their check digit.")] = None
    roles: Annotated[set[Role], Field(min_length=1)] = {Role.PARTICIPANT}

    @field_validator("name")
    @classmethod
    def is_a_name(cls, name: str) -> str:
        return rules.name(name)

    @field_validator("tax_id")
    @classmethod
    def is_a_tax_id(cls, tax_id: str, told: ValidationInfo) -> str:
        state = told.data.get("member_state")  # missing where it was wrong itself
        return member_state.tax_id(state, tax_id) if state else tax_id

    @field_validator("gln")
    @classmethod
    def is_a_gln(cls, gln: str | None) -> str | None:
        return gln and gs1_keys.gln(gln)

    def card(self) -> Card:
        return Card(self.name, self.member_state, self.tax_id, self.gln, frozenset(self.roles))


class Participant(BaseModel):
    """A participant, to those who may see all of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": DAIRY_ID, **DAIRY, "recorded_at": SINCE, "suspended_at": None}]
        }
    )

    visibility: Literal["WHOLE"] = "WHOLE"
    id: UUID
    name: str
    member_state: MemberState
    tax_id: str
    gln: str | None
    roles: list[Role]
    recorded_at: datetime
    suspended_at: Annotated[
        datetime | None, Field(description="Since then it may read, and change nothing.")
    ]

    @classmethod
    def of(cls, found: Registered) -> "Participant":
        card = found.card
        return cls(
            id=found.uuid,
            name=card.name,
            member_state=card.member_state,
            tax_id=card.tax_id,
            gln=card.gln,
            roles=sorted(card.roles),
            recorded_at=found.recorded_at,
            suspended_at=found.suspended_at,
        )


class ParticipantName(BaseModel):
    """A participant, to everybody else who has its id."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": DAIRY_ID, "name": DAIRY["name"], "member_state": "BY"}]
        }
    )

    visibility: Literal["NAME"] = "NAME"
    id: UUID
    name: str
    member_state: MemberState


class ParticipantPage(BaseModel):
    """Participants in the order of their registration."""

    participants: list[Participant]
    next: Annotated[
        UUID | None, Field(description="Send as `after` for the next page; null: no more.")
    ]


class KeyOrder(BaseModel):
    """What a new API key is to be good for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"scopes": ["READ", "ISSUE", "REPORT"]}]},
    )

    scopes: Annotated[set[Scope], Field(min_length=1)]
    expires_at: Annotated[AwareDatetime | None, Field(description="Null: never.")] = None

    def terms(self) -> KeyTerms:
        return KeyTerms(frozenset(self.scopes), self.expires_at)


class NewKey(BaseModel):
    """An API key. Its text is told by the first answer and by no other."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": KEY_ID,
                    "scopes": ["ISSUE", "READ", "REPORT"],
                    "expires_at": None,
                    "api_key": f"tmg_{UUID(KEY_ID).hex}_<32 characters>",
                    "shown": "ONCE",
                }
            ]
        }
    )

    id: UUID
    scopes: list[Scope]
    expires_at: datetime | None
    api_key: Annotated[str | None, Field(description="Null in every answer but the first.")]
    shown: Annotated[
        Literal["ONCE", "BEFORE"],
        Field(description="BEFORE: issued already, and its text is not kept. Issue another."),
    ]


class Key(BaseModel):
    """An API key, without its text."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": KEY_ID,
                    "scopes": ["ISSUE", "READ", "REPORT"],
                    "expires_at": None,
                    "recorded_at": SINCE,
                    "revoked_at": None,
                }
            ]
        }
    )

    id: UUID
    scopes: list[Scope]
    expires_at: datetime | None
    recorded_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ListedKey) -> "Key":
        return cls(
            id=key.id,
            scopes=sorted(key.terms.scopes),
            expires_at=key.terms.expires_at,
            recorded_at=key.recorded_at,
            revoked_at=key.revoked_at,
        )


class Whoami(BaseModel):
    """Who the API key of this request belongs to, and what it is good for."""

    participant: UUID
    name: str
    member_state: MemberState
    roles: list[Role]
    suspended: bool
    key: UUID
    scopes: list[Scope]
    expires_at: datetime | None


@router.put(
    "/participants/{participant}",
    status_code=201,
    responses={
        200: {"model": Participant, "description": "Registered before; the card is replaced."},
        **refusals(
            ScopeMissing,
            RoleMissing,
            OtherMemberState,
            RequestIdTaken,
            TaxIdRegistered,
            ParticipantIdentityFixed,
        ),
    },
)
async def register_participant(
    participant: UUID,
    card: ParticipantCard,
    operator: MayAdminister,
    database: TheDatabase,
    response: Response,
) -> Participant:
    """Register a participant of the operator's member state, or replace its card."""
    found, is_new = await actions.register(database, participant, card.card(), operator=operator)
    response.status_code = 201 if is_new else 200
    return Participant.of(found)


@router.get("/participants/{participant}", responses=refusals(ScopeMissing, UnknownParticipant))
async def read_participant(
    participant: UUID, actor: MayRead, database: TheDatabase
) -> Annotated[Participant | ParticipantName, Field(discriminator="visibility")]:
    """One participant: the whole card to itself and its overseers, the name to everybody else."""
    found = await actions.look_up(database, participant, actor=actor)
    if isinstance(found, Partner):
        return ParticipantName(id=found.uuid, name=found.name, member_state=found.member_state)
    return Participant.of(found)


@router.get("/participants", responses=refusals(ScopeMissing))
async def list_participants(
    actor: MayRead,
    database: TheDatabase,
    after: Annotated[UUID | None, Query(description="`next` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> ParticipantPage:
    """The participants of an overseer's member state; for anybody else, only itself."""
    found = await actions.visible(database, after, limit + 1, actor=actor)
    page = [Participant.of(one) for one in found[:limit]]
    return ParticipantPage(participants=page, next=page[-1].id if len(found) > limit else None)


@router.put(
    "/participants/{participant}/keys/{key}",
    status_code=201,
    responses={
        200: {"model": NewKey, "description": "Issued before; its text is not shown again."},
        **refusals(
            ScopeMissing,
            NotTheirOperator,
            UnknownParticipant,
            RequestIdTaken,
            RequestIdReused,
            ExpiryPassed,
        ),
    },
)
async def issue_key(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    participant: UUID,
    key: UUID,
    order: KeyOrder,
    actor: MayAdminister,
    database: TheDatabase,
    response: Response,
) -> NewKey:
    """Issue an API key. Two may live at once: issue the new one, move over, revoke the old one."""
    issued, is_new = await actions.issue_key(database, participant, key, order.terms(), actor=actor)
    response.status_code = 201 if is_new else 200
    response.headers["Cache-Control"] = "no-store"
    return NewKey(
        id=issued.id,
        scopes=sorted(issued.terms.scopes),
        expires_at=issued.terms.expires_at,
        api_key=issued.api_key,
        shown="ONCE" if is_new else "BEFORE",
    )


@router.get(
    "/participants/{participant}/keys",
    responses=refusals(ScopeMissing, NotTheirOperator, UnknownParticipant),
)
async def list_keys(participant: UUID, actor: MayAdminister, database: TheDatabase) -> list[Key]:
    """The API keys of a participant, also the revoked ones."""
    return [Key.of(key) for key in await actions.keys_of(database, participant, actor=actor)]


@router.put(
    "/participants/{participant}/keys/{key}/revocation",
    responses=refusals(ScopeMissing, NotTheirOperator, UnknownParticipant, UnknownKey),
)
async def revoke_key(
    participant: UUID, key: UUID, actor: MayAdminister, database: TheDatabase
) -> Key:
    """Revoke an API key: within a second it is refused everywhere."""
    return Key.of(await actions.revoke_key(database, participant, key, actor=actor))


@router.get("/whoami")
async def whoami(credential: CurrentCredential) -> Whoami:
    """Who the API key belongs to."""
    actor = credential.actor
    return Whoami(
        participant=actor.uuid,
        name=actor.name,
        member_state=actor.member_state,
        roles=sorted(actor.roles),
        suspended=actor.suspended,
        key=credential.key,
        scopes=sorted(credential.terms.scopes),
        expires_at=credential.terms.expires_at,
    )
