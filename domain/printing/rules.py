"""When labels may be made again, and from which one on a printer is sent them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.errors import LabelOutsidePrint, LabelsBeingSent, ReprintNeedsReason

# A sending tells of itself several times as often. One that says nothing for so long has lost its
# server, and may not hold up the line until somebody looks into the database.
SILENT_SECONDS = 60.0


class Sent(NamedTuple):
    """A sending of a print's labels, as far as its printer has told of it.

    Labels count from 1 over the whole print; `sent` and `confirmed` are the last, 0: none.
    """

    number: int
    sent: int
    confirmed: int
    recorded_at: datetime
    printer: str = ""
    ended: bool = True
    is_silent: bool = True

    @property
    def is_use(self) -> bool:
        """Whether labels may have come out of the printer."""
        return bool(self.sent) or not self.ended


class Told(NamedTuple):
    """What a sending tells of itself; counted alike. Nothing comes after it has ended."""

    sent: int
    confirmed: int
    state: str
    ended: bool = False


class Uses(NamedTuple):
    """How often labels of a print were made already: fetched as a file, sent to a printer."""

    fetches: int
    first_fetched_at: datetime | None
    sendings: Sequence[Sent]

    @property
    def confirmed(self) -> int:
        """The last label that a printer has confirmed; 0: none."""
        return max((one.confirmed for one in self.sendings), default=0)

    @property
    def first_at(self) -> datetime | None:
        told = [one.recorded_at for one in self.sendings if one.is_use]
        return min(
            [*told, *([self.first_fetched_at] if self.first_fetched_at else [])], default=None
        )


def check_fetch(uuid: UUID, labels: int, uses: Uses, reason: str | None) -> None:
    """Refuse to hand out again without a reason what was handed out, or sent, before."""
    if uses.first_at is not None and reason is None:
        raise ReprintNeedsReason(labels, uses.first_at.isoformat(), str(uuid))


def first_to_send(
    uuid: UUID, labels: int, uses: Uses, first: int | None, reason: str | None
) -> int:
    """The label that a sending begins with; refuses a second one while the first is under way.

    The first sending needs no reason, nor does one that goes on behind the last confirmed label,
    unless the file was fetched as well; what else is sent again needs one. Of labels that were sent
    to a printer which confirms none, nobody knows better than who sends them again.
    """
    for one in uses.sendings:
        if not one.ended and not one.is_silent:
            raise LabelsBeingSent(str(uuid), one.printer, one.sent, one.confirmed)
    on = uses.confirmed + 1
    begin = on if first is None else first
    if not 1 <= begin <= labels:
        raise LabelOutsidePrint(begin, labels)
    unconfirmed = not uses.confirmed and any(one.is_use for one in uses.sendings)
    is_whole = bool(uses.fetches) or unconfirmed
    if (is_whole or begin < on) and reason is None and uses.first_at is not None:
        again = labels - begin + 1 if is_whole else on - begin
        raise ReprintNeedsReason(again, uses.first_at.isoformat(), str(uuid))
    return begin
