"""The objects of a PDF: numbered, written as they come, and found again by the table at the end.

What is no stream waits for an object stream, so that most objects cost a few bytes (ISO 32000-1,
7.5.7 and 7.5.8). Of what was written only eight bytes an object stay in memory.
"""

import hashlib
import zlib
from array import array
from collections.abc import Iterator

import numpy as np

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # the second line tells that the file is no text
OBJECTS_TOGETHER = 128  # in an object stream: an index is one byte
ENTRIES_TOGETHER = 4_096  # of the table, compressed at once
# An entry is eight bytes: the kind, six of an offset or a number, an index. Of the six all but the
# largest files need four, as every other writer has them.
WIDE, NARROW = [0, 1, 2, 3, 4, 5, 6, 7], [0, 3, 4, 5, 6, 7]
FOUR_BYTES = (1 << 32) - 1
STANDS_ALONE, STANDS_TOGETHER = 1 << 56, 2 << 56
ROW_ABOVE = 2  # the predictor of PNG that tells each row by its difference to the one above
EFFORT = 6


class Objects:
    """Writes objects; `taken` hands out what was written since it was asked last."""

    def __init__(self) -> None:
        self._entries = array("Q", [0])  # the head of the free ones
        self._waiting: list[tuple[int, bytes]] = []
        self._written = [HEADER]
        self._offset = len(HEADER)
        self._taken = 0
        self._digest = hashlib.blake2b(digest_size=16)

    @property
    def pending(self) -> int:
        """Bytes written and not taken yet."""
        return self._offset - self._taken

    def taken(self) -> bytes:
        written = b"".join(self._written)
        self._digest.update(written)
        self._written.clear()
        self._taken = self._offset
        return written

    def reserve(self) -> int:
        """The number of an object that will be written later."""
        self._entries.append(0)
        return len(self._entries) - 1

    def put(self, number: int, value: bytes) -> None:
        """Write anything but a stream."""
        self._waiting.append((number, value))
        if len(self._waiting) == OBJECTS_TOGETHER:
            self._write_together()

    def stream(self, number: int, data: bytes, entries: bytes = b"") -> None:
        """Write a stream; `entries` are those of its dictionary but the length."""
        self._entries[number] = STANDS_ALONE | self._offset << 8
        written = b"%d 0 obj\n<<%b/Length %d>>stream\n%b\nendstream\nendobj\n"
        self._write(written % (number, entries, len(data), data))

    def deflated(self, number: int, data: bytes, entries: bytes = b"") -> None:
        """Write a stream compressed, if that makes it smaller."""
        small = zlib.compress(data, EFFORT)
        if len(small) + len(b"/Filter/FlateDecode") < len(data):
            self.stream(number, small, entries + b"/Filter/FlateDecode")
        else:
            self.stream(number, data, entries)

    def finish(self, root: int, info: int) -> None:
        """Write what waits, the table of all objects, and the end of the file."""
        self._write_together()
        table, start = self.reserve(), self._offset
        self._entries[table] = STANDS_ALONE | start << 8  # the table has an entry of its own
        columns = NARROW if start <= FOUR_BYTES else WIDE
        self._digest.update(b"".join(self._written))
        name = self._digest.hexdigest().encode()
        entries = (
            b"/Type/XRef/Size %d/W[1 %d 1]/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]"
            b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns %d>>"
        ) % (
            *(len(self._entries), len(columns) - 2, root, info),
            *(name, name, len(columns)),
        )
        self.stream(table, b"".join(self._table(columns)), entries)
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _table(self, columns: list[int]) -> Iterator[bytes]:
        """These bytes of every entry, as the difference to the entry before, compressed."""
        compressor = zlib.compressobj(EFFORT)
        above = np.zeros((1, len(columns)), np.uint8)
        for first in range(0, len(self._entries), ENTRIES_TOGETHER):
            some = np.array(self._entries[first : first + ENTRIES_TOGETHER], ">u8")
            rows = some.view(np.uint8).reshape(-1, some.itemsize)[:, columns]
            changes = np.diff(rows, axis=0, prepend=above)
            above = rows[-1:]
            tagged = np.insert(changes, 0, ROW_ABOVE, axis=1)
            yield compressor.compress(tagged.tobytes())
        yield compressor.flush()

    def _write_together(self) -> None:
        if not self._waiting:
            return
        together = self.reserve()
        index, values, at = [], [], 0
        for place, (number, value) in enumerate(self._waiting):
            self._entries[number] = STANDS_TOGETHER | together << 8 | place
            index.append(b"%d %d" % (number, at))
            values.append(value)
            at += len(value) + 1
        head = b" ".join(index) + b"\n"
        entries = b"/Type/ObjStm/N %d/First %d" % (len(values), len(head))
        self._waiting.clear()
        self.deflated(together, head + b"\n".join(values), entries)

    def _write(self, written: bytes) -> None:
        self._written.append(written)
        self._offset += len(written)
