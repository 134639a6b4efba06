"""Where in the feed a reader is, as a text that means nothing to it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from struct import Struct
from struct import error as StructError  # noqa: N812 (a class, whatever its name)
from typing import NamedTuple

FORM = Struct(">QQ")
LARGEST_EVENT = (1 << 63) - 1


class InvalidCursor(ValueError):
    """The text is no cursor."""


class Cursor(NamedTuple):
    """After this event of this transaction: transactions end in another order than they begin."""

    transaction: int
    event_id: int

    def written(self) -> str:
        return urlsafe_b64encode(FORM.pack(*self)).decode("ascii").rstrip("=")


START = Cursor(0, 0)


def read_cursor(text: str) -> Cursor:
    """The cursor that was told before; raises InvalidCursor."""
    padded = text + "=" * (-len(text) % 4)
    try:
        found = Cursor(*FORM.unpack(urlsafe_b64decode(padded.encode("ascii"))))
    except (ValueError, StructError) as fault:
        raise InvalidCursor(text) from fault
    if found.event_id > LARGEST_EVENT or found.written() != text:
        raise InvalidCursor(text)
    return found
