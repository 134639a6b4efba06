"""The migrated database is what `domain/tables.py` says, and refuses to forget."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, NullPool, event, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from domain import tables, tables_of_prints
from domain.database import SERVER_ROLE, migrate
from tests.house.sources import ROOT

SQUAWK = Path(sys.executable).with_name("squawk")
NEVER_CHANGED = {"events", "journal_entries", "batches", "batch_intervals", "registered_serials"}

TABLES = """
    SELECT relname AS name,
           has_table_privilege($1, oid, 'UPDATE') AS changed,
           has_table_privilege($1, oid, 'DELETE') AS deleted,
           has_table_privilege($1, oid, 'TRUNCATE') AS emptied
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
CONSTRAINTS = """
    SELECT conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype = 'c'
"""


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [
        difference
        for difference in compare_metadata(context, SQLModel.metadata)
        if "alembic_version" not in str(difference)
    ]


async def test_the_migrated_schema_is_the_one_on_the_page(database_url: str):
    # The pages that fill the metadata.
    assert {tables.__name__, tables_of_prints.__name__} <= set(sys.modules)
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()

    assert found == []


@pytest.fixture
async def owner(database_url: str):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_what_the_server_may_not_change_nobody_can(owner: asyncpg.Connection):
    found = {row["name"]: row for row in await owner.fetch(TABLES, SERVER_ROLE)}
    append_only = {
        name for name, row in found.items() if not row["changed"] and name != "alembic_version"
    }

    assert append_only >= NEVER_CHANGED
    for name in append_only:
        column = await owner.fetchval(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", name
        )
        for statement in (
            f"UPDATE {name} SET {column} = {column}",
            f"DELETE FROM {name}",
            f"TRUNCATE {name} CASCADE",
        ):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
                await owner.execute(statement)
            assert refused.value.constraint_name == "append_only", statement


async def test_the_server_deletes_nothing_but_spans_and_summaries(owner: asyncpg.Connection):
    found = await owner.fetch(TABLES, SERVER_ROLE)

    assert {row["name"] for row in found if row["deleted"] or row["emptied"]} <= {
        "spans",
        "package_summaries",
    }


async def test_constraints_are_named_in_words(owner: asyncpg.Connection):
    names = {row["conname"] for row in await owner.fetch(CONSTRAINTS)}
    given_by_postgres = re.compile(r"_(check|excl)\d*$")

    assert {name for name in names if given_by_postgres.search(name)} == set()


@pytest.fixture
def statements(empty_database_url: str):
    """What the migrations send to an empty database."""
    sent: list[str] = []

    def listen(connection: Any, _record: object) -> None:
        connection.driver_connection.add_query_logger(lambda told: sent.append(told.query))

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "connect", listen)  # whole scripts
    event.listen(Engine, "before_cursor_execute", note)  # single statements
    asyncio.run(migrate(empty_database_url))
    event.remove(Engine, "connect", listen)
    event.remove(Engine, "before_cursor_execute", note)
    return sent


def squawk(script: str) -> str:
    """What squawk finds in this script."""
    asked = [str(SQUAWK), "--config", str(ROOT / ".squawk.toml")]
    done = subprocess.run(asked, input=script, check=False, capture_output=True, text=True)
    return done.stdout if done.returncode else ""


def test_migrations_pass_squawk(statements: list[str]):
    """No lock or rewrite that would stop a running service; exceptions stand in .squawk.toml."""
    begins = next(at for at, sent in enumerate(statements) if "lock_timeout" in sent)
    script = ";\n".join(sent for sent in statements[begins:] if sent != "COMMIT;")

    assert "CREATE TABLE spans" in script
    assert squawk(script) == ""


def test_a_migration_that_would_stop_the_service_is_noticed():
    told = squawk("SET LOCAL lock_timeout = '4s'; CREATE INDEX slow ON spans (lot_id);")

    assert "require-concurrent-index-creation" in told


def test_migrating_twice_changes_nothing(database_url: str):
    assert asyncio.run(migrate(database_url)) == asyncio.run(migrate(database_url))
