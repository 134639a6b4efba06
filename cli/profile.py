"""Where the service is and who calls: from the line, the environment, or what `login` kept."""

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import click

from cli.faults import Failure
from cli.options import ADDRESS

USUAL_ADDRESS = "http://127.0.0.1:8000"
ADDRESS_VARIABLE = "TAMGA_URL"
KEY_VARIABLE = "TAMGA_API_KEY"


@dataclass
class Profile:
    """What `login` keeps: a key for each service, and the service it was last called for.

    A key is sent to the service that it was kept for, and to no other.
    """

    url: str = USUAL_ADDRESS
    keys: dict[str, str] = field(default_factory=dict)


def place() -> Path:
    return Path(click.get_app_dir("tamga")) / "keys.json"


def kept_profile() -> Profile:
    path = place()
    if not path.exists():
        return Profile()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Profile(str(found["url"]), dict(found["keys"]))
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{path} is damaged.", more=["→ Delete it and log in again."]) from None


def keep(profile: Profile) -> None:
    """Write the keys so that no other user can read them, and so that no half is ever there."""
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps({"url": profile.url, "keys": profile.keys}, indent=2)
    write_secret(path, text)


def write_secret(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def address() -> str:
    """The service that this command is for."""
    given = click.get_current_context().meta.get(ADDRESS)
    url = str(given or os.environ.get(ADDRESS_VARIABLE) or kept_profile().url).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"The service's address begins with http:// or https://; not {url}.")
    return url


def api_key(url: str) -> str | None:
    """The key for this service, if there is one."""
    return os.environ.get(KEY_VARIABLE) or kept_profile().keys.get(url)
