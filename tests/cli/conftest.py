"""The commands, run against a live service on a socket of this machine."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import make_url

from api.settings import Settings
from cli.demo.running import running
from cli.main import tamga
from domain.standards.gs1_keys import check_digit
from domain.standards.member_state import InvalidTaxId, MemberState, tax_id

MASTER_KEY = bytes(range(32))
NAME = "Творог"
NOBODY_LISTENS = "http://127.0.0.1:9"


@dataclass
class Shell:
    """A terminal without colours, in a directory and a configuration of its own."""

    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, *line: str, ends: int = 0, typed: str | bytes = "", key: str | None = None
    ) -> Result:
        """Run a command; its exit code must be `ends`, and it never shows a traceback."""
        more = {"TAMGA_API_KEY": key} if key else {}
        result = CliRunner().invoke(
            tamga, line, input=typed, env={**self.environment, **more}, prog_name="tamga"
        )
        assert result.exit_code == ends, (result.output, result.exception)
        assert "Traceback" not in result.output
        return result

    def quiet(self, *line: str, **how: Any) -> str:
        """The bare result of a command."""
        return self.run(*line, "--quiet", **how).stdout.rstrip("\n")

    def json(self, *line: str, **how: Any) -> Any:
        return json.loads(self.run(*line, "--json", **how).stdout)

    def with_key(self, key: str) -> "Shell":
        return Shell({**self.environment, "TAMGA_API_KEY": key})


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose service does not answer."""
    monkeypatch.chdir(tmp_path)
    for name in ("TAMGA_API_KEY", "TAMGA_URL", "NO_COLOR", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Shell({"XDG_CONFIG_HOME": str(tmp_path / "config"), "TAMGA_URL": NOBODY_LISTENS})


@pytest.fixture(scope="session")
def live(
    postgres: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of one service for all tests: each has participants and goods of its own."""
    name = "served"
    asyncio.run(
        run(postgres, f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY file_copy")
    )
    settings = Settings(
        database_url=at(postgres, name), master_key=MASTER_KEY, port=0, database_connections=4
    )
    with running(settings, tmp_path_factory.mktemp("service") / "log") as service:
        yield service.url


@pytest.fixture(scope="session")
def live_database(postgres: str, live: str) -> str:
    assert live
    return at(postgres, "served")


async def run(postgres: str, statement: str) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def at(postgres: str, name: str) -> str:
    return make_url(postgres).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def operator_key(live_database: str) -> str:
    server = {"DATABASE_URL": live_database, "TAMGA_MASTER_KEY": MASTER_KEY.hex()}
    name, tax_id = ("--name", "Аператар"), ("--tax-id", "100000050")
    return Shell(server).quiet("bootstrap", "--member-state", "BY", *name, *tax_id)


@pytest.fixture
def server_shell(shell: Shell, database_url: str) -> Shell:
    """A shell for the server's own commands, on a database of its own."""
    server = {"DATABASE_URL": database_url, "TAMGA_MASTER_KEY": MASTER_KEY.hex()}
    return Shell(shell.environment | server)


@pytest.fixture
def served(shell: Shell, live: str) -> Shell:
    """A shell of nobody, whose service answers."""
    return Shell(shell.environment | {"TAMGA_URL": live})


@pytest.fixture
def operator(served: Shell, operator_key: str) -> Shell:
    """The shell of the operator of Belarus."""
    return served.with_key(operator_key)


def tax_ids() -> Iterator[str]:
    """Tax ids of Belarus, none twice."""
    for number in count(300_000_000):
        with suppress(InvalidTaxId):
            yield tax_id(MemberState.BY, str(number))


def gtins() -> Iterator[str]:
    """GTINs, none twice."""
    for number in count(4_819_000_000_00):
        body = f"{number:013}"
        yield body + check_digit(body)


fresh_tax_ids = tax_ids()
fresh_gtins = gtins()


@pytest.fixture
def dairy(operator: Shell) -> Shell:
    """The shell of a dairy, which may register goods and report on them."""
    return participant(operator, "Минский молочный завод")


@pytest.fixture
def rival(operator: Shell) -> Shell:
    return participant(operator, "Брестский магазин")


def participant(operator: Shell, name: str) -> Shell:
    known_as = operator.quiet("participant", "add", "--name", name, "--tax-id", next(fresh_tax_ids))
    return operator.with_key(operator.quiet("key", "issue", known_as))


@pytest.fixture
def gtin() -> str:
    return next(fresh_gtins)


@pytest.fixture
def product(dairy: Shell, gtin: str) -> str:
    """The GTIN of a product of the dairy's."""
    return dairy.quiet("product", "add", gtin, "--group", "milk", "--name", NAME)


@pytest.fixture
def batch(dairy: Shell, product: str) -> str:
    """Ten units, issued."""
    lot = ("--lot-number", "L-1", "--produced-on", "2026-11-20", "--expires-on", "2099-12-31")
    return dairy.quiet("batch", "register", product, "--quantity", "10", *lot)


@pytest.fixture
def codes(dairy: Shell, batch: str) -> list[str]:
    """Their marking codes."""
    return codes_of(dairy, batch)


def codes_of(shell: Shell, batch: str) -> list[str]:
    text = shell.run("batch", "codes", batch, "-o", "-").stdout
    return text.split("\n")[:-1]


def written(path: Path, lines: list[str]) -> str:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return str(path)


def sheet(path: Path, rows: list[Mapping[str, str]]) -> str:
    header = "\t".join(rows[0])
    return written(path, [header, *("\t".join(row.values()) for row in rows)])
