"""The environment, read once into one frozen `Settings`."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, get_type_hints

from domain.keys.vault import parse_master_key
from labels.printers import address
from labels.printers.address import Printer


class SettingsError(ValueError):
    """A setting cannot be used as it stands in the environment."""


def positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise ValueError("must be a whole number, at least 1")
    return number


def seconds(text: str) -> float:
    number = float(text) if text.replace(".", "", 1).isdecimal() else 0.0
    if not number:
        raise ValueError("must be a number of seconds above 0")
    return number


def level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text.rstrip("/")


def printers_of(text: str) -> tuple[Printer, ...]:
    return tuple(address.parse_all(text).values())


@dataclass(frozen=True)
class Setting:
    """What a setting is for, and how its text is read."""

    about: str
    read: Callable[[str], object] = str


@dataclass(frozen=True)
class Settings:
    """Everything that may differ between two installations.

    Each is read from the environment variable of its name in capitals after `TAMGA_`.
    """

    database_url: Annotated[
        str | None,
        Setting(
            "PostgreSQL 15 or later, as postgresql://user:password@host/name; DATABASE_URL is "
            "read where this is not set, and without both an embedded PostgreSQL is started"
        ),
    ] = field(default=None, repr=False)
    data: Annotated[Path, Setting("directory of the embedded PostgreSQL", Path)] = Path(".tamga")
    master_key: Annotated[
        bytes | None,
        Setting(
            "key that wraps all other keys: 32 bytes, hexadecimal or base64; without it nothing "
            "that was issued can be checked again, so back it up apart from the database",
            parse_master_key,
        ),
    ] = field(default=None, repr=False)
    master_key_file: Annotated[Path | None, Setting("file that holds the master key", Path)] = None
    base_url: Annotated[
        str, Setting("address that printed QR codes lead to (GS1 Digital Link)", web_address)
    ] = "http://127.0.0.1:8000"
    label_font: Annotated[
        Path | None,
        Setting("TrueType font of the labels; without it the system's DejaVu Sans is used", Path),
    ] = None
    printers: Annotated[
        tuple[Printer, ...],
        Setting(
            "label printers that may be sent to, and nothing else: name=host:port/dialect by "
            "comma, the dialect zpl, tspl or epl",
            printers_of,
        ),
    ] = ()
    host: Annotated[str, Setting("address to listen on")] = "127.0.0.1"
    port: Annotated[int, Setting("port to listen on", positive)] = 8000
    trusted_proxies: Annotated[
        str, Setting("addresses of the proxies whose X-Forwarded-For is believed, by comma")
    ] = "127.0.0.1"
    log_level: Annotated[str, Setting("DEBUG, INFO, WARNING or ERROR", level)] = "INFO"
    database_connections: Annotated[int, Setting("connections kept to the database", positive)] = 20
    statement_seconds: Annotated[
        float, Setting("longest time a statement may take in the database", seconds)
    ] = 60.0
    shutdown_seconds: Annotated[
        float, Setting("how long open requests may take to end at shutdown", seconds)
    ] = 20.0
    json_body_bytes: Annotated[int, Setting("largest JSON body", positive)] = 8 * 2**20
    file_body_bytes: Annotated[int, Setting("largest file body", positive)] = 256 * 2**20
    memory_body_bytes: Annotated[
        int, Setting("how much of a file body is kept in memory; the rest goes to disk", positive)
    ] = 2**20
    body_grace_seconds: Annotated[
        float, Setting("how long a body may lag behind TAMGA_BODY_BYTES_PER_SECOND", seconds)
    ] = 10.0
    body_bytes_per_second: Annotated[int, Setting("slowest rate of a body", positive)] = 8 * 2**10
    failed_tries_per_client: Annotated[
        int, Setting("codes not confirmed, per client address and minute", positive)
    ] = 50
    failed_tries_per_gtin: Annotated[
        int, Setting("codes not confirmed, per GTIN and minute", positive)
    ] = 500
    failed_tries_per_participant: Annotated[
        int, Setting("codes not confirmed, per participant and minute", positive)
    ] = 10_000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; raises SettingsError that names the variable and what it must be."""
        found = {
            name: read(name, setting, text)
            for name, setting in annotations().items()
            if (text := environment.get(variable(name)))
        }
        if url := environment.get("DATABASE_URL"):
            found.setdefault("database_url", url)
        if path := found.get("master_key_file"):
            if "master_key" in found:
                raise SettingsError("Set TAMGA_MASTER_KEY or TAMGA_MASTER_KEY_FILE, not both.")
            found["master_key"] = read_key_file(Path(str(path)))
        return cls(**found)  # type: ignore[arg-type]


def variable(name: str) -> str:
    return f"TAMGA_{name.upper()}"


def annotations() -> dict[str, Setting]:
    hints = get_type_hints(Settings, include_extras=True)
    return {item.name: hints[item.name].__metadata__[0] for item in fields(Settings)}


def read(name: str, setting: Setting, text: str) -> object:
    try:
        return setting.read(text)
    except ValueError as error:
        raise SettingsError(f"{variable(name)}: {error}") from None


def read_key_file(path: Path) -> bytes:
    try:
        return parse_master_key(path.read_text())
    except OSError as error:
        raise SettingsError(f"TAMGA_MASTER_KEY_FILE {path}: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"TAMGA_MASTER_KEY_FILE {path}: {error}") from None


def described() -> list[tuple[str, str, str]]:
    """Every setting as (variable, default, what it is for), for the documentation."""
    return [
        (
            variable(item.name),
            "" if item.default in {None, ()} else str(item.default),
            annotations()[item.name].about,
        )
        for item in fields(Settings)
    ]
