"""A batch's marking codes into a file: block by block, each proven, and resumed where it stopped.

The blocks that are in are noted beside the file with their digests. To resume is to prove them
again and to go on with the first that is missing.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cli.client import Service
from cli.faults import Ending, Failure
from cli.terminal import Advance, terminal

TRIES = 3


@dataclass(frozen=True)
class Order:
    """Which codes, in which form, into which file."""

    batch: str
    form: str
    path: Path

    @property
    def part(self) -> Path:
        """What is there of the file before all of it is."""
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def notes(self) -> Path:
        return self.path.with_name(f"{self.path.name}.blocks")

    @property
    def heading(self) -> str:
        """What the notes are about."""
        return json.dumps([self.batch, self.form])


@dataclass(frozen=True)
class Noted:
    """A block that is in the file."""

    size: int
    digest: str


def download(service: Service, order: Order) -> int:
    """Download every block that is not there yet; returns how many codes the file holds."""
    blocks = service.get(f"/batches/{order.batch}/blocks")["blocks"]
    units: int = sum(block["count"] for block in blocks)
    # The codes are worth what the goods are: nobody else on this machine shall read them.
    handle = os.open(order.part, os.O_RDWR | os.O_CREAT, 0o600)
    with (
        os.fdopen(handle, "r+b") as file,
        terminal().progress(f"Downloading {order.path}", units, unit="codes") as advance,
    ):
        noted = proven(file, order)
        if noted:
            terminal().note(f"Going on after block {len(noted)} of {len(blocks)}.")
        advance(sum(block["count"] for block in blocks[: len(noted)]))
        fetch(service, order, blocks[len(noted) :], file, advance)
    order.part.replace(order.path)
    order.notes.unlink(missing_ok=True)
    return units


def proven(file: BinaryIO, order: Order) -> list[Noted]:
    """The blocks that are whole in the file, which is cut after the last of them."""
    found: list[Noted] = []
    end = 0
    for noted in read_notes(order):
        content = file.read(noted.size)
        if len(content) < noted.size or digest(content) != noted.digest:
            break
        found.append(noted)
        end += noted.size
    file.truncate(end)
    file.seek(end)
    lines = [order.heading, *(json.dumps([one.size, one.digest]) for one in found)]
    order.notes.write_text("".join(f"{line}\n" for line in lines))
    return found


def read_notes(order: Order) -> Iterator[Noted]:
    """The blocks noted; none where the notes are about another download."""
    if not order.notes.exists():
        return
    with order.notes.open() as lines:
        if lines.readline().rstrip("\n") != order.heading:
            return
        for line in lines:
            if not line.endswith("\n"):
                return
            yield Noted(*json.loads(line))


def fetch(
    service: Service, order: Order, blocks: list[dict[str, int]], file: BinaryIO, advance: Advance
) -> None:
    with order.notes.open("a") as notes:
        for block in blocks:
            content = fetched(service, order, block["block"])
            file.write(content)
            file.flush()
            notes.write(json.dumps([len(content), digest(content)]) + "\n")
            notes.flush()
            advance(block["count"])


def fetched(service: Service, order: Order, number: int) -> bytes:
    """One block; fetched again where it is not what its digest says."""
    for _ in range(TRIES):
        path = f"/batches/{order.batch}/blocks/{number}"
        response = service.fetch(path, format=order.form)
        if response.headers.get("Repr-Digest") == f"sha-256=:{digest(response.content)}:":
            return response.content
        terminal().detail(f"Block {number} came damaged; fetching it again.")
    raise Failure(
        f"Block {number} came damaged {TRIES} times.",
        more=["→ Try again: what is there already is kept."],
        ending=Ending.UNREACHABLE,
    )


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
