"""The receipts of a call as columns: a line for each code, one receipt after another. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.catalogue.groups import catalogue
from domain.codes.orders import LabelOfBatch
from domain.errors import (
    Refusal,
)
from domain.loose.alike import Asked, Flags, Integers
from domain.receipts.rules import Receipt, Share
from domain.recognition.units import Units, Verdict
from domain.registry.packages import BatchFacts
from domain.registry.spans import Place
from domain.standards.member_state import MemberState


class Call(NamedTuple):
    """Receipts, and what their codes name.

    `receipt_of` says which receipt a line is of, `starts` where each receipt's lines begin,
    `is_named` which lines name a unit. `refused` are receipts that no till can have printed.
    """

    receipts: Sequence[Receipt]
    digests: list[bytes]
    units: Units
    starts: list[int]
    receipt_of: Integers
    is_named: Flags
    refused: Mapping[int, Refusal]

    @classmethod
    def of(cls, receipts: Sequence[Receipt], units: Units) -> "Call":
        lengths = [len(receipt.codes) for receipt in receipts]
        starts = np.concatenate(([0], np.cumsum(lengths)))[:-1].tolist()
        receipt_of = np.repeat(np.arange(len(receipts)), lengths)
        digests = [receipt.digest for receipt in receipts]
        is_named = (units.series >= 0) & (units.labelled.batches >= 0)
        return cls(receipts, digests, units, starts, receipt_of, is_named, {})

    def place(self, line: int) -> Place:
        return int(self.units.series[line]), int(self.units.number[line])

    def share(self, line: int) -> Share | None:
        receipt = int(self.receipt_of[line])
        return self.receipts[receipt].shares.get(line - self.starts[receipt])

    def label(self, line: int) -> LabelOfBatch:
        """What is printed on the unit that a line names."""
        labelled = self.units.labelled
        return labelled.labels[int(labelled.batches[line])]

    def groups(self, receipt: int) -> dict[int, str]:
        """The product groups of the units of which the receipt names a share, by their places."""
        start = self.starts[receipt]
        return {
            at: group_of(self.label(start + at).template)
            for at in self.receipts[receipt].shares
            if self.is_named[start + at]
        }

    @property
    def batches(self) -> dict[int, BatchFacts]:
        """The batches of all units that are named."""
        return {
            number: BatchFacts(
                number,
                label.gtin,
                group_of(label.template),
                MemberState(label.member_state),
                label.template,
            )
            for number, label in self.units.labelled.labels.items()
        }

    @property
    def all_groups(self) -> frozenset[str]:
        labels = self.units.labelled.labels.values()
        return frozenset(group_of(label.template) for label in labels)

    def lines(self, fresh: Iterable[int]) -> Flags:
        """Which lines are of these receipts."""
        is_fresh = np.zeros(len(self.receipts), np.bool_)
        is_fresh[list(fresh)] = True
        found: Flags = is_fresh[self.receipt_of]
        return found

    def asked(self, fresh: Iterable[int]) -> Asked:
        """The units that these receipts name, in the order in which the store has them."""
        lines = np.flatnonzero(self.lines(fresh) & self.is_named)
        lines = lines[np.lexsort((lines, self.units.number[lines], self.units.series[lines]))]
        is_plain = np.array([receipt.is_plain_sale for receipt in self.receipts], np.bool_)
        series, numbers = self.units.series[lines], self.units.number[lines]
        return Asked(series, numbers, lines, is_plain[self.receipt_of[lines]])


def group_of(template: str) -> str:
    return catalogue().templates[template].product_group


class Nameless(NamedTuple):
    """The lines of new receipts that name no unit."""

    lines: list[tuple[int, int]]  # receipt, line
    codes: dict[int, str]  # by line: what of it may be told again
    never_issued: dict[int, tuple[str, str]]  # by line: GTIN and serial, where they could be read


def nameless(call: Call, fresh: Iterable[int]) -> Nameless:
    """What names no unit: it cannot be read, can be read in two ways, or was never issued."""
    asked = np.flatnonzero(call.lines(fresh) & ~call.is_named).tolist()
    if not asked:
        return Nameless([], {}, {})
    units, codes = call.units, call.units.codes()
    unknown = set(asked).intersection(np.flatnonzero(units.has(Verdict.UNKNOWN)).tolist())
    never = {
        row: (gtin, serial.tobytes().decode())
        for rows, gtin, serials in units.named
        for row, serial in zip(rows.tolist(), serials, strict=True)
        if row in unknown
    }
    shown = {line: codes.get(line) or units.texts.begun(line) for line in asked}
    return Nameless([(int(call.receipt_of[line]), line) for line in asked], shown, never)
