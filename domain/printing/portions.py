"""What is drawn on the labels of a print, portion by portion, in their order.

Everything comes from what the print pinned: however often it is asked, it is the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

import numpy as np

from domain.catalogue.templates import Family
from domain.codes import rows
from domain.codes.orders import LotData
from domain.codes.rows import Printing
from domain.delivery.forms import code_of
from domain.prints.told import Facts, PackageFacts, price_text
from domain.registry.serials import SpaceCipher
from domain.registry.spans import Place

MOST_AT_ONCE = 1_024  # units of a portion
FEW = 12  # codes up to which one by one is quicker than the arrays


class Portion(NamedTuple):
    """Units whose labels tell the same but for their codes; `codes` makes their marking codes."""

    facts: Facts
    family: Family
    codes: Callable[[], list[str]]


class PinnedRun(NamedTuple):
    """A run of a print's units."""

    series_id: int
    first: int
    last: int
    batch_id: int
    lot_id: int | None


class PinnedBatch(NamedTuple):
    """A batch as its labels were ordered; `name` is the product's when the batch was registered."""

    id: int
    gtin: str
    member_state: str
    template: str
    verification_key_id: str
    price_minor: int | None
    tnved: str | None
    name: str


class Goods(NamedTuple):
    """Units of a batch, and what all their marking codes have in common."""

    batch: PinnedBatch
    printing: Printing


Own = Mapping[Place, tuple[str, str | None]]  # registered serials with others' tails


@dataclass(frozen=True, slots=True)
class Material:
    """All that the labels of units are made of."""

    runs: list[PinnedRun]
    goods: Mapping[int, Goods]  # by batch
    ciphers: Mapping[int, SpaceCipher]  # by series; registered serials have none
    lots: Mapping[int, LotData]
    own: Own
    maker: str | None

    def facts(self, run: PinnedRun) -> Facts:
        batch = self.goods[run.batch_id].batch
        lot = self.lots[run.lot_id] if run.lot_id is not None else LotData()
        price = batch.price_minor
        return Facts(
            batch.name,
            batch.gtin,
            lot.lot_number,
            lot.produced_on,
            lot.expires_on,
            self.maker,
            batch.member_state,
            None if price is None else price_text(price, batch.member_state),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A print ready to be drawn: how, and what. It has units, or packages.

    `resolver` is the address that QR codes begin with; None: there are none.
    """

    print: UUID
    layout_name: str
    layout_toml: str
    format: str
    dpi: int
    copies: int
    start: int
    cut_marks: bool
    resolver: str | None
    units: int
    labels: int
    title: str
    packages: tuple[PackageFacts, ...]
    material: Material

    def portions(self) -> Iterator[Portion]:
        """The units in order, at most 1,024 at a time; each call begins anew. For a thread."""
        return portions(self.material)


class PrintedFile(NamedTuple):
    """The report of a whole file. `module_mm` is None where no symbol is drawn."""

    sha256: bytes
    bytes: int
    labels: int
    pages: int
    symbols_checked: int
    dpi: int
    module_mm: float | None


def portions(material: Material) -> Iterator[Portion]:
    """The units in order, cut so that all of a portion have the same facts."""
    for run, numbers in gathered(material.runs):
        family = material.goods[run.batch_id].printing.template.family
        yield Portion(material.facts(run), family, partial(codes_of, material, run, numbers))


def gathered(runs: Iterable[PinnedRun]) -> Iterator[tuple[PinnedRun, list[range]]]:
    """Neighbouring runs of one series, batch and lot as one, as far as a portion goes.

    Codes named one by one are runs of one each: made one by one they would take ten times as long.
    """
    held: PinnedRun | None = None
    numbers: list[range] = []
    room = MOST_AT_ONCE
    for run in runs:
        begin = run.first
        while begin <= run.last:
            if held is not None and (not room or alike(held) != alike(run)):
                yield held, numbers
                held, numbers, room = None, [], MOST_AT_ONCE
            end = min(run.last, begin + room - 1)
            held = held or run
            numbers.append(range(begin, end + 1))
            room -= end - begin + 1
            begin = end + 1
    if held is not None:
        yield held, numbers


def alike(run: PinnedRun) -> tuple[int, int, int | None]:
    return run.series_id, run.batch_id, run.lot_id


def codes_of(material: Material, run: PinnedRun, numbers: list[range]) -> list[str]:
    """The marking codes of these numbers of the run's series and batch, in their order."""
    cipher = material.ciphers.get(run.series_id)
    (_, gtin, *_), printing = material.goods[run.batch_id]
    if cipher is None:
        own = (material.own[run.series_id, number] for part in numbers for number in part)
        return [code_of(printing, gtin, *one) for one in own]
    if sum(map(len, numbers)) <= FEW:
        serials = (cipher.serial(number) for part in numbers for number in part)
        return [code_of(printing, gtin, serial, None) for serial in serials]
    if len(numbers) == 1:
        made = rows.write(cipher, printing, first=numbers[0].start, count=len(numbers[0]))
    else:
        array = np.concatenate([np.arange(one.start, one.stop, dtype=np.int64) for one in numbers])
        made = rows.write_each(cipher, printing, array)
    text, width = made.tobytes().decode("ascii"), made.shape[1]
    return [text[at : at + width] for at in range(0, len(text), width)]
