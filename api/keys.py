"""Verification keys: what everybody needs to check codes, and their rotation."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import ClaimedRequest, MayAdminister, TheDatabase, TheKeyring
from api.problems import refusals
from domain.errors import (
    DatabaseUnavailable,
    MasterKeyWrong,
    OtherMemberState,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    ScopeMissing,
)
from domain.keys import actions
from domain.keys.actions import KeyKind, PublishedKey
from domain.standards.member_state import MemberState
from domain.vocabulary import Algorithm

router = Router("verification keys")

KEY: dict[str, Any] = {
    "id": "B7k2",
    "member_state": "BY",
    "algorithm": "ED25519",
    "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "recorded_at": "2026-11-22T09:00:00Z",
    "retired_at": None,
}
ROTATION: dict[str, Any] = {
    "rotation": "0198c1f6-0b1c-7f1a-bb1f-3a1d2a8f5d44",
    "member_state": "BY",
    "algorithm": "ED25519",
    "retired": "A1xQ",
    "in_use": "B7k2",
}


class VerificationKeyAnswer(BaseModel):
    """A key that makes verification codes, without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    id: Annotated[str, Field(description="What AI 91 prints.")]
    member_state: MemberState
    algorithm: Algorithm
    public_key: Annotated[
        str | None,
        Field(
            description="The 32 bytes of an Ed25519 key in base64. Null for AES_CMAC, "
            "whose codes the registry alone can check."
        ),
    ]
    recorded_at: datetime
    retired_at: Annotated[
        datetime | None,
        Field(description="Since then no new batch uses it; what it signed stays valid."),
    ]

    @classmethod
    def of(cls, key: PublishedKey) -> "VerificationKeyAnswer":
        public = key.public_key and b64encode(key.public_key).decode()
        return cls(**{**key._asdict(), "public_key": public})


class Rotation(BaseModel):
    """A key taken out of use for new batches, and the one after it."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROTATION]})

    rotation: UUID
    member_state: MemberState
    algorithm: Algorithm
    retired: Annotated[str | None, Field(description="Null: there was none in use.")]
    in_use: str


@router.get("/keys", responses=refusals(DatabaseUnavailable))
async def list_verification_keys(database: TheDatabase) -> list[VerificationKeyAnswer]:
    """Every verification key of every member state, the oldest first.

    An AI 92 of 88 characters is the Ed25519 signature of these bytes, in base64:
    `tamga/code/v1`, a line feed, the key id, a line feed, the identification code
    (`01`, GTIN, `21`, serial).
    """
    return [VerificationKeyAnswer.of(key) for key in await actions.published(database)]


@router.put(
    "/keys/{state}/{algorithm}/rotations/{rotation}",
    status_code=201,
    responses={
        200: {"model": Rotation, "description": "Done before."},
        **refusals(
            ScopeMissing,
            RoleMissing,
            OtherMemberState,
            RequestIdTaken,
            RequestIdReused,
            MasterKeyWrong,
        ),
    },
)
async def rotate_verification_key(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    state: MemberState,
    algorithm: Algorithm,
    rotation: UUID,  # noqa: ARG001 - the claim has it
    operator: MayAdminister,
    claim: ClaimedRequest,
    database: TheDatabase,
    keyring: TheKeyring,
    response: Response,
) -> Rotation:
    """Begin a new key, as the operator of its state. Labels made with the old one stay valid."""
    answer, is_new = await actions.rotate_once(
        database, claim, KeyKind(state, algorithm), actor=operator, keyring=keyring
    )
    response.status_code = 201 if is_new else 200
    return Rotation.model_validate(answer)
