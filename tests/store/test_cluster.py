"""The files of the embedded PostgreSQL: which programs, whose data, who may reach them."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.cluster import Account, PostgresNotStarted, major_version
from domain.embedded import EmbeddedPostgres

only_as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root's server runs as another user"
)


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tamga-cluster-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "postgres"


def test_a_directory_without_programs_is_refused(tmp_path: Path):
    with pytest.raises(PostgresNotStarted, match="has no PostgreSQL that runs"):
        major_version(tmp_path)


def test_programs_too_old_are_refused(tmp_path: Path):
    old = tmp_path / "postgres"
    old.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
    old.chmod(0o755)

    with pytest.raises(PostgresNotStarted, match=r"14\.9 is too old"):
        major_version(tmp_path)


@only_as_root
def test_root_itself_is_refused_as_the_servers_user(directory: Path):
    with pytest.raises(PostgresNotStarted, match="does not run as root"):
        EmbeddedPostgres(directory, uid=0).start()


@only_as_root
def test_other_programs_the_servers_user_cannot_reach_are_refused(directory: Path, tmp_path: Path):
    (tmp_path / "initdb").touch(mode=stat.S_IRWXU)
    tmp_path.chmod(0o700)

    with pytest.raises(PostgresNotStarted, match="cannot reach"):
        EmbeddedPostgres(directory, binaries=tmp_path).start()


@only_as_root
def test_reach_is_judged_by_owner_group_and_others(tmp_path: Path):
    os.chown(tmp_path, 4321, 4321)
    for account, mode, reaches in [
        (Account(4321, 1), 0o100, True),
        (Account(4321, 1), 0o011, False),
        (Account(1, 4321), 0o010, True),
        (Account(1, 4321), 0o101, False),
        (Account(1, 1), 0o001, True),
        (Account(1, 1), 0o110, False),
    ]:
        tmp_path.chmod(mode)
        assert account.may_enter(tmp_path) is reaches, (account, mode)


def test_a_killed_initdb_leaves_nothing_half(directory: Path, postgres_binaries: Path | None):
    home = directory / "cluster"
    (home / "data.unfinished" / "base").mkdir(parents=True)

    with EmbeddedPostgres(directory, binaries=postgres_binaries) as server:
        assert (server.cluster.data / "PG_VERSION").exists()
    assert not (home / "data.unfinished").exists()
