"""What a route may ask for: who calls, a door to the database, a claimed request, a file body."""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, cast
from uuid import UUID

import asyncpg
import orjson
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import ClientDisconnect

from api.bodies import BoundedBody
from api.limits import Asker
from api.making import Talks
from api.problems import RequestInvalid, RequestMalformed
from api.settings import Settings
from api.telemetry import Metrics
from domain.database import Database
from domain.errors import KeyNotAccepted, MasterKeyWrong
from domain.keys.actions import open_keyring
from domain.keys.keyring import Keyring
from domain.keys.vault import Vault
from domain.participants import actions, rules
from domain.participants.actor import Actor
from domain.participants.rules import Credential
from domain.requests.store import Request as Claim
from domain.vocabulary import Scope
from labels.text import fonts
from labels.text.fonts import Font

KEY_REMEMBERED_SECONDS = 0.5
KEYS_REMEMBERED = 10_000

CHANGES = "PUT"  # every change is one, and nothing else is
# What a request does not do under its id: a dry run and the real one are the same request.
NOT_PART_OF_A_REQUEST = frozenset({"dry_run"})

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="API key",
    bearerFormat="tmg_<id>_<secret>",
    description="An API key, issued by PUT /participants/{id}/keys/{key}.",
)


class AcceptedKeys:
    """The API keys that were just accepted, so that a busy till costs no look-up a request.

    Only for half a second, so that a revoked key is refused everywhere within one; and only what
    was accepted, so that every wrong key costs the same look-up.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self.database = database
        self.clock = clock
        self.found: dict[bytes, tuple[float, Credential]] = {}

    async def credential(self, api_key: str) -> Credential:
        mark = hashlib.sha256(api_key.encode()).digest()
        until, credential = self.found.get(mark, (0.0, None))
        if credential and self.clock() < until:
            return credential
        credential = await actions.authenticate(self.database, api_key)
        if len(self.found) >= KEYS_REMEMBERED:
            self.found.clear()
        self.found[mark] = (self.clock() + KEY_REMEMBERED_SECONDS, credential)
        return credential


class Secrets:
    """The registry's secrets, opened with the master key when they are first asked for."""

    def __init__(self, database: Database, master_key: bytes | None) -> None:
        self.database = database
        self.master_key = master_key
        self.opened: Keyring | None = None
        self.opening = asyncio.Lock()

    async def keyring(self) -> Keyring:
        """The opened secrets; refuses where there is no master key, or not the right one."""
        async with self.opening:
            if self.opened is None:
                if self.master_key is None:
                    raise MasterKeyWrong
                self.opened = await open_keyring(self.database, Vault(self.master_key))
            return self.opened


# All of these are coroutines: FastAPI hands a plain function to a thread, which costs a tenth of a
# millisecond each.
async def settings(request: Request) -> Settings:
    return cast("Settings", request.app.state.settings)


async def database(request: Request) -> Database:
    return cast("Database", request.app.state.database)


async def metrics(request: Request) -> Metrics:
    return cast("Metrics", request.app.state.metrics)


async def secrets(request: Request) -> Secrets:
    return cast("Secrets", request.app.state.secrets)


async def keyring(request: Request) -> Keyring:
    return await (await secrets(request)).keyring()


async def press(request: Request) -> asyncio.Semaphore:
    """Making labels keeps a processor busy: only so many do at once, and the others wait."""
    return cast("asyncio.Semaphore", request.app.state.press)


async def printers(request: Request) -> Talks:
    """Threads that wait for printers, so that whoever else needs a thread does not."""
    return cast("Talks", request.app.state.printers)


async def font(request: Request) -> Font:
    """The font of the labels, found and read when it is first asked for."""
    configured: Path | None = request.app.state.settings.label_font
    return await asyncio.to_thread(fonts.find, configured)


TheSettings = Annotated[Settings, Depends(settings)]
TheDatabase = Annotated[Database, Depends(database)]
TheSecrets = Annotated[Secrets, Depends(secrets)]
TheKeyring = Annotated[Keyring, Depends(keyring)]
ThePrinters = Annotated[Talks, Depends(printers)]
ThePress = Annotated[asyncio.Semaphore, Depends(press)]
TheFont = Annotated[Font, Depends(font)]
TheMetrics = Annotated[Metrics, Depends(metrics)]


Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def recognised(request: Request, shown: Shown) -> Credential | None:
    """Who calls; None without an API key. Refuses a key that is not accepted."""
    if shown is None:
        if "authorization" in request.headers:
            raise KeyNotAccepted
        return None
    keys: AcceptedKeys = request.app.state.accepted_keys
    found = await keys.credential(shown.credentials)
    request.scope["tamga.exchange"].participant = found.actor.uuid
    return found


# These call each other instead of depending on each other: FastAPI takes some 15 microseconds to
# resolve a dependency, more than it takes to recognise a key that was accepted just before.
async def credential(request: Request, shown: Shown) -> Credential:
    found = await recognised(request, shown)
    if found is None:
        raise KeyNotAccepted
    if request.method == CHANGES:
        rules.require_active(found.actor)
    return found


async def participant(request: Request, shown: Shown) -> Actor:
    return (await credential(request, shown)).actor


async def optional_participant(request: Request, shown: Shown) -> Actor | None:
    found = await recognised(request, shown)
    return found.actor if found else None


def holding(scope: Scope) -> Callable[..., Awaitable[Actor]]:
    """The participant, whose key has this scope."""

    async def scoped(request: Request, shown: Shown) -> Actor:
        found = await credential(request, shown)
        rules.require_scope(found, scope)
        return found.actor

    return scoped


async def asker(request: Request, shown: Shown) -> Asker:
    found = await optional_participant(request, shown)
    address = request.client.host if request.client else ""  # a trusted proxy names the client's
    return Asker(request.app.state.failed_tries, address, found.uuid if found else None)


CurrentCredential = Annotated[Credential, Depends(credential)]
CurrentParticipant = Annotated[Actor, Depends(participant)]
OptionalParticipant = Annotated[Actor | None, Depends(optional_participant)]
TheAsker = Annotated[Asker, Depends(asker)]
MayRead = Annotated[Actor, Depends(holding(Scope.READ))]
MayIssue = Annotated[Actor, Depends(holding(Scope.ISSUE))]
MayReport = Annotated[Actor, Depends(holding(Scope.REPORT))]
MayAdminister = Annotated[Actor, Depends(holding(Scope.ADMIN))]


async def transaction(
    database: TheDatabase, participant: CurrentParticipant
) -> AsyncIterator[AsyncSession]:
    async with database.transaction(participant.id) as session:
        yield session


async def reading(database: TheDatabase) -> AsyncIterator[asyncpg.Connection]:
    async with database.reading() as connection:
        yield connection


async def snapshot(database: TheDatabase) -> AsyncIterator[asyncpg.Connection]:
    async with database.snapshot() as connection:
        yield connection


# FastAPI ends a "request" dependency after the answer has left. A transaction must commit before,
# or a caller could hold a 201 for what was never recorded; and a reading gives its connection
# back before a slow client has taken the answer. A snapshot lasts as long as what streams from it.
Transaction = Annotated[AsyncSession, Depends(transaction, scope="function")]
Reading = Annotated[asyncpg.Connection, Depends(reading, scope="function")]
Snapshot = Annotated[asyncpg.Connection, Depends(snapshot, scope="request")]


@dataclass(frozen=True)
class Spooled:
    """A file body, from its start, and the SHA-256 of its bytes."""

    file: BinaryIO
    digest: bytes
    size: int


# Who calls is asked first: a stranger shall not fill the disk.
async def spooled(request: Request, _participant: CurrentParticipant) -> AsyncIterator[Spooled]:
    """Receive a file body: small ones stay in memory, the rest waits on disk."""
    body: BoundedBody = request.scope["tamga.body"]
    body.limit = body.settings.file_body_bytes
    digest = hashlib.sha256()
    with tempfile.SpooledTemporaryFile(body.settings.memory_body_bytes) as file:
        try:
            async for piece in request.stream():
                digest.update(piece)
                file.write(piece)
        except ClientDisconnect:
            raise RequestMalformed(reason="the body was cut off") from None
        size = file.tell()
        file.seek(0)
        yield Spooled(cast("BinaryIO", file), digest.digest(), size)


SpooledBody = Annotated[Spooled, Depends(spooled)]


async def claim(request: Request, participant: CurrentParticipant) -> Claim:
    """The request under its caller's id, with the digest of its JSON whatever its layout."""
    canonical = b""
    if await request.body():
        canonical = orjson.dumps(await request.json(), option=orjson.OPT_SORT_KEYS)
    return claimed(request, participant, hashlib.sha256(canonical).digest())


async def file_claim(request: Request, participant: CurrentParticipant, body: SpooledBody) -> Claim:
    """The request under its caller's id, with the digest of its file."""
    return claimed(request, participant, body.digest)


def claimed(request: Request, participant: Actor, body_digest: bytes) -> Claim:
    ids = {name: one for name, value in request.path_params.items() if (one := uuid_of(value))}
    if not ids:
        raise RequestInvalid(count=1, errors=[{"where": "path", "what": "must hold a UUID"}])
    named = {**request.path_params, **{name: str(one) for name, one in ids.items()}}
    asked = [
        [name, value]
        for name, value in sorted(request.query_params.multi_items())
        if name not in NOT_PART_OF_A_REQUEST
    ]
    said = orjson.dumps([request.method, request.scope["route"].path_format, named, asked])
    return Claim(
        list(ids.values())[-1], participant.id, hashlib.sha256(said + body_digest).digest()
    )


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


ClaimedRequest = Annotated[Claim, Depends(claim)]
ClaimedFile = Annotated[Claim, Depends(file_claim)]
