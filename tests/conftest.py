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


@pytest.fixture
def database_url(postgres: str, template_database: str) -> Iterator[str]:
    """A migrated database of this test's own, as its owner; dropped afterwards."""
    yield from fresh(
        postgres, f"CREATE DATABASE {{}} TEMPLATE {template_database} STRATEGY file_copy"
    )
