"""The server's own commands. They alone import the server, and are imported when they are called."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api import main as service
from api.settings import Settings, SettingsError
from cli.faults import Ending, Failure
from cli.options import command
from cli.participants import STATES
from cli.terminal import terminal
from domain import database as databases
from domain.cluster import PostgresNotStarted
from domain.database import Database
from domain.deadlines import actions as deadlines
from domain.deadlines.actions import Swept
from domain.doctor.actions import Finding, examine
from domain.embedded import EmbeddedPostgres
from domain.errors import DatabaseUnavailable, Refusal
from domain.keys.actions import open_keyring
from domain.keys.vault import Vault
from domain.participants import actions as participants
from domain.standards.member_state import InvalidTaxId, MemberState

PATIENCE = 3600.0  # seconds: the doctor reads everything
NO_MASTER_KEY = (
    "→ Set TAMGA_MASTER_KEY, or TAMGA_MASTER_KEY_FILE; `openssl rand -hex 32` makes one.",
    "Keep a copy apart from the database: nothing issued can be checked without it.",
)


def told_plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """What stands in the server's way becomes a sentence and what to do."""

    @functools.wraps(function)
    def plainly(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any command
        try:
            return function(*arguments, **options)
        except Refusal as refusal:
            ending = Ending.UNREACHABLE if is_absent(refusal) else Ending.REFUSED
            facts = [f"{name}: {fact}" for name, fact in refusal.facts.items()]
            raise Failure(
                refusal.title, more=[*facts, f"→ {refusal.advice}"], ending=ending
            ) from refusal
        except (SettingsError, InvalidTaxId) as error:
            raise Failure(str(error), ending=Ending.USAGE) from error
        except (PostgresNotStarted, ConnectionError) as error:
            raise Failure(str(error), ending=Ending.UNREACHABLE) from error

    return plainly


def is_absent(refusal: Refusal) -> bool:
    return isinstance(refusal, DatabaseUnavailable)


def settings() -> Settings:
    return Settings.from_environment()


def with_master_key(found: Settings) -> bytes:
    if found.master_key is None:
        raise Failure("There is no master key.", more=NO_MASTER_KEY, ending=Ending.USAGE)
    return found.master_key


@command()
@told_plainly
def serve() -> None:
    """Run the service until it is told to stop.

    On the PostgreSQL that DATABASE_URL names, or on an embedded one in TAMGA_DATA.
    """
    found = settings()
    with_master_key(found)
    where = "DATABASE_URL" if found.database_url else f"an embedded PostgreSQL in {found.data}"
    terminal().note(f"Tamga on http://{found.host}:{found.port}, with {where}; Ctrl-C stops it.")
    service.serve(found)


@command()
@click.option("--plan", is_flag=True, help="Tell what would be done, and change nothing.")
@told_plainly
def migrate(*, plan: bool) -> None:
    """Bring the database to the newest version."""
    with_server(lambda url: bring_up(url, plan=plan))


def with_server(work: Callable[[str], Any]) -> Any:  # noqa: ANN401 - what the work returns
    """Do this with the database that the settings name, or with the embedded one."""
    found = settings()
    if found.database_url:
        return work(found.database_url)
    with EmbeddedPostgres(found.data) as server:
        return work(server.url)


def bring_up(url: str, *, plan: bool) -> None:
    before = asyncio.run(version(url))
    script = ScriptDirectory.from_config(databases.migrations())
    steps = list(script.iterate_revisions("head", before or "base"))[::-1]
    told = [f"{step.revision}: {step.doc}" for step in steps]
    found = {"version": before, "steps": [step.revision for step in steps]}
    if plan or not steps:
        terminal().answer(found, f"The database is at {before or 'nothing'}.", *told)
        if not steps:
            terminal().say("There is nothing to do.")
        return
    with terminal().waiting("Migrating"):
        after = asyncio.run(databases.migrate(url))
    terminal().answer(found | {"version": after}, *told, f"The database is at {after}.")


async def version(url: str) -> str | None:
    """The version that the schema has; None: there is none yet."""
    database = Database(url, role=None, pool_size=1)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    except Exception as error:
        if databases.is_lost(error):
            raise DatabaseUnavailable from error
        raise
    finally:
        await database.dispose()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database, at its newest version."""
    if await version(url) != databases.newest_version():
        raise Failure("The database is not at the newest version.", more=["→ tamga migrate"])
    database = Database(url, pool_size=2, command_timeout=PATIENCE)
    try:
        yield database
    finally:
        await database.dispose()


@command()
@click.option("--member-state", type=click.Choice(STATES, case_sensitive=False), required=True)
@click.option("--name", required=True, help="The operator's name.")
@click.option("--tax-id", required=True, help="Checked by the rule of the member state.")
@told_plainly
def bootstrap(member_state: str, name: str, tax_id: str) -> None:
    """Write an operator's key straight to the database.

    The key is shown once. For the first operator of a member state, or for one that lost its keys. Everybody else is
    added over HTTP, by their operator.
    """
    with_server(lambda url: asyncio.run(write_operator(url, member_state, name, tax_id)))


async def write_operator(url: str, member_state: str, name: str, tax_id: str) -> None:
    await databases.migrate(url)
    async with opened(url) as database:
        found, key = await participants.bootstrap(
            database, member_state=MemberState(member_state), name=name, tax_id=tax_id
        )
    told = {"participant": found.uuid, "key": key.id, "api_key": key.api_key}
    terminal().answer(told, str(key.api_key), brief=key.api_key)
    terminal().note(
        f"This is the key of {found.card.name}, {member_state}, participant {found.uuid}: "
        "keep it now, it is not shown again."
    )


@command()
@told_plainly
def doctor() -> Ending:
    """Prove every invariant of the registry.

    The exit code is 0 where all of them hold.
    """
    key = with_master_key(settings())
    findings = with_server(lambda url: asyncio.run(examined(url, key)))
    wrong = [finding for finding in findings if not finding.is_healthy]
    if terminal().json:
        terminal().answer([finding._asdict() for finding in findings])
    told = f"{len(findings)} invariants hold." if not wrong else f"{len(wrong)} do not hold."
    terminal().say(told)
    return Ending.REFUSED if wrong else Ending.DONE


@command()
@told_plainly
def sweep() -> None:
    """Record the offers and blocks whose term is over.

    Whoever meets such goods does so too; this is for those that nobody meets. Call it now and then.
    """
    found = with_server(lambda url: asyncio.run(swept(url)))
    line = f"Ended: {found.transfers:,} offers, {found.blocks:,} blocks."
    terminal().answer(found._asdict(), line, brief=found.transfers + found.blocks)


async def swept(url: str) -> Swept:
    async with opened(url) as database:
        return await deadlines.sweep(database)


async def examined(url: str, key: bytes) -> list[Finding]:
    found = []
    async with opened(url) as database:
        keyring = await open_keyring(database, Vault(key))
        began = time.perf_counter()
        async for finding in examine(database, keyring):
            tell(finding, time.perf_counter() - began)
            found.append(finding)
            began = time.perf_counter()
    return found


def tell(finding: Finding, seconds: float) -> None:
    screen = terminal()
    sign = screen.paint("✓", "green") if finding.is_healthy else screen.paint("✗", "red")
    screen.say(f"{sign} {finding.name} ({seconds * 1000:.0f} ms)")
    for example in finding.examples:
        screen.say(f"    {example}")
