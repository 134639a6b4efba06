"""Files on their way in and out."""

import csv
import hashlib
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from cli.terminal import Advance

PIECE = 256 * 1024
BEGINNING = 4096


class Source:
    """A file to be sent, or the standard input; read as often as needed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.content = sys.stdin.buffer.read() if path == "-" else None

    @property
    def size(self) -> int:
        return Path(self.path).stat().st_size if self.content is None else len(self.content)

    @property
    def digest(self) -> str:
        with self.opened() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    @property
    def beginning(self) -> bytes:
        """As much of it as shows what it is."""
        with self.opened() as file:
            return file.read(BEGINNING)

    def opened(self) -> IO[bytes]:
        return Path(self.path).open("rb") if self.content is None else io.BytesIO(self.content)

    def pieces(self, advance: Advance = lambda _: None) -> Iterator[bytes]:
        """The whole of it, telling how far it is."""
        with self.opened() as file:
            while piece := file.read(PIECE):
                yield piece
                advance(len(piece))

    def lines(self) -> Iterator[str]:
        """The lines that are not blank, without their ends. A line may hold separators: 0x1D."""
        with self.opened() as file:
            for line in file:
                text = line.decode("utf-8", errors="replace").rstrip("\r\n")
                if text.strip(" \t"):
                    yield text


def beside(path: str, ending: str) -> Path:
    """Where something about a file is written: next to it."""
    named = Path("stdin" if path == "-" else path)
    return named.with_name(named.name + ending)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def save(path: str, pieces: Iterable[bytes]) -> None:
    """Write codes or labels to a file that others cannot read, or to the standard output."""
    if path == "-":
        out = sys.stdout.buffer
        for piece in pieces:
            out.write(piece)
        out.flush()
        return
    with opened_secret(path) as file:
        for piece in pieces:
            file.write(piece)


def opened_secret(path: str | Path) -> IO[bytes]:
    """A new file that only its owner reads: marking codes are worth what the goods are."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
