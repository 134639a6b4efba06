"""What a demo leaves beside its database, so that the next one goes on with it."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cli.profile import write_secret
from domain.keys.vault import new_master_key, parse_master_key


@dataclass(frozen=True)
class Memory:
    """Files in the data directory; none but its owner may read them."""

    directory: Path

    @property
    def master_key_file(self) -> Path:
        return self.directory / "master-key"

    @property
    def labels(self) -> Path:
        return self.directory / "labels.pdf"

    @property
    def pallet_label(self) -> Path:
        return self.directory / "pallet.pdf"

    @property
    def picture(self) -> Path:
        return self.directory / "label.png"

    @property
    def log(self) -> Path:
        return self.directory / "service.log"

    @property
    def has_data(self) -> bool:
        """Whether there is a database."""
        return (self.directory / "cluster" / "data").exists()

    def master_key(self) -> tuple[bytes, bool]:
        """The key of this directory's registry, and whether it was made just now.

        Linked into place, so that of two demos that start at once one makes it.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        made = False
        if not self.master_key_file.exists():
            draft = self.directory / f".master-key-{os.getpid()}"
            write_secret(draft, new_master_key(secrets.token_bytes(32)) + "\n")
            with suppress(FileExistsError):
                self.master_key_file.hardlink_to(draft)
                made = True
            draft.unlink()
        return parse_master_key(self.master_key_file.read_text()), made

    def key_file(self, slug: str) -> Path:
        return self.directory / "keys" / slug

    def key(self, slug: str) -> str | None:
        with suppress(FileNotFoundError):
            return self.key_file(slug).read_text().strip("\n")
        return None

    def keep_key(self, slug: str, api_key: str) -> None:
        path = self.key_file(slug)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_secret(path, api_key + "\n")

    def since(self) -> date:
        """The day on which the story began: it is told the same on every later day."""
        path = self.directory / "since"
        if not path.exists():
            path.write_text(f"{datetime.now(UTC).date()}\n")
        return date.fromisoformat(path.read_text().strip("\n"))
