"""A PostgreSQL for the whole run, and a fresh migrated database for every test that asks."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from domain.database import migrate
from domain.embedded import EmbeddedPostgres

# What a test run may lose in a power cut is a test run. Tests of crashes start their own server.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "autovacuum": "off",
}
TEMPLATE = "migrated"
numbers = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres",
        choices=("embedded", "system"),
        default=os.environ.get("TAMGA_TEST_POSTGRES", "embedded"),
        help="the server under the database tests: the wheel's, or the one this machine has",
    )


def pytest_configure() -> None:
    # A run that is told to end takes its server with it, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"postgres", "postgres_binaries"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


def pytest_report_header(config: pytest.Config) -> str:
    return f"postgres: {config.getoption('--postgres')}"


def system_binaries() -> Path:
    """The newest PostgreSQL that this machine has installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    if not found:
        pytest.exit("--postgres=system: this machine has no PostgreSQL installed", returncode=4)
    return max(found, key=lambda path: (path.parent.name.isdigit(), path.parent.name))


async def run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_binaries(request: pytest.FixtureRequest) -> Path | None:
    """Where the programs of the chosen PostgreSQL are; None for the wheel's."""
    return system_binaries() if request.config.getoption("--postgres") == "system" else None


@pytest.fixture(scope="session")
def session_directory() -> Iterator[Path]:
    """A directory that any user can reach: root's server runs as another."""
    with tempfile.TemporaryDirectory(prefix="tamga-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres(session_directory: Path, postgres_binaries: Path | None) -> Iterator[str]:
    """The URL of the run's server."""
    with EmbeddedPostgres(
        session_directory / "postgres", binaries=postgres_binaries, settings=CARELESS
    ) as server:
        yield server.url
        server.stop("immediate")


@pytest.fixture(scope="session")
def template_database(postgres: str) -> str:
    """The name of a database migrated once, which tests clone."""
    asyncio.run(run(postgres, f"CREATE DATABASE {TEMPLATE}"))
    asyncio.run(migrate(with_database(postgres, TEMPLATE)))
    return TEMPLATE


def fresh(postgres: str, statement: str) -> Iterator[str]:
    name = f"test_{next(numbers)}"
    asyncio.run(run(postgres, statement.format(name)))
    yield with_database(postgres, name)
    asyncio.run(run(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def empty_database_url(postgres: str) -> Iterator[str]:
    """A database of this test's own with nothing in it."""
    yield from fresh(postgres, "CREATE DATABASE {}")


# What a test may have changed beside rows: then its database is no more as new.
SHAPE = """
    SELECT md5(string_agg(word, ' ' ORDER BY word)) FROM (
        SELECT concat_ws(' ', relname, relkind, relnatts, relacl, reloptions) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', conname, convalidated, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', tgname, tgenabled) FROM pg_trigger
        UNION ALL SELECT concat_ws(' ', proname, prosrc) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', version_num) FROM alembic_version
        UNION ALL SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting
    ) AS words (word)
"""
USED = """
    SELECT format('%I', relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
"""
DRAWN = "SELECT format('%I', sequencename) FROM pg_sequences WHERE last_value IS NOT NULL"
LEAVE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def as_new(url: str, shape: str) -> bool:
    """Empty every table and let every sequence begin again; False if more than rows changed."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(LEAVE)
        if await connection.fetchval(SHAPE) != shape:
            return False
        await connection.execute("SET session_replication_role = replica")  # triggers refuse it
        if used := [row[0] for row in await connection.fetch(USED)]:
            await connection.execute(f"TRUNCATE {', '.join(used)} CASCADE")
        for row in await connection.fetch(DRAWN):
            await connection.execute(f"ALTER SEQUENCE {row[0]} RESTART")
    finally:
        await connection.close()
    return True


async def shape_of(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval(SHAPE))
    finally:
        await connection.close()


class Shelf:
    """Migrated databases without a row. One that a test has used is emptied and used again."""

    def __init__(self, postgres: str, template: str) -> None:
        self.postgres = postgres
        self.template = template
        self.shape = asyncio.run(shape_of(with_database(postgres, template)))
        self.free: list[str] = []

    def take(self) -> str:
        if self.free:
            return self.free.pop()
        name = f"test_{next(numbers)}"
        clone = f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY file_copy"
        asyncio.run(run(self.postgres, clone))
        return name

    def put_back(self, name: str) -> None:
        if asyncio.run(as_new(with_database(self.postgres, name), self.shape)):
            self.free.append(name)
        else:
            asyncio.run(run(self.postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def shelf(postgres: str, template_database: str) -> Shelf:
    return Shelf(postgres, template_database)


@pytest.fixture
def database_url(shelf: Shelf) -> Iterator[str]:
    """A migrated database of this test's own, as its owner, without a row."""
    name = shelf.take()
    yield with_database(shelf.postgres, name)
    shelf.put_back(name)
