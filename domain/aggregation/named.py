"""What a request says lies in what: packages, and the goods that shall lie directly in each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from domain.aggregation.reports import ChildPackage, PackageName, Report, read_ssccs
from domain.errors import NoGoods, PackagesRepeated
from domain.errors_of_custody import PackagesWithoutContents
from domain.goods.named import BatchRun, Goods
from domain.recognition.units import Integers, Texts
from domain.vocabulary import PackageKind


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a packing beside the goods.

    With `move` goods may come out of other packages of the same holder; `dry_run` changes nothing.
    """

    occurred_at: datetime | None = None
    place: str | None = None
    move: bool = False
    dry_run: bool = False


class Filling(NamedTuple):
    """A package by its SSCC, or by the code of a coded pack, and what shall lie in it.

    No `kind` stands for a transport unit where there is an SSCC, else for the kind of coded pack
    that fits the contents.
    """

    sscc: str | None = None
    code: str | None = None
    kind: PackageKind | None = None
    codes: Sequence[str] = ()
    runs: Sequence[BatchRun] = ()
    packages: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.codes or self.runs or self.packages)


@dataclass(frozen=True, slots=True)
class Packing:
    """Packages, and for each row of contents the index of the package that it shall lie in.

    `coded` are the packages that have a code, `coded_texts` their codes. `kinds` has the kinds
    that were told.
    """

    packages: Sequence[PackageName]
    kinds: Sequence[PackageKind | None]
    coded: Sequence[int]
    coded_texts: Texts
    children: Texts
    parent_of: Integers
    child_packages: Sequence[ChildPackage]
    runs: Sequence[BatchRun] = ()
    parent_of_run: Sequence[int] = ()

    def __post_init__(self) -> None:
        if not self.packages:
            raise NoGoods
        named = [package.sscc for package in self.packages if package.sscc]
        check_named_once(named)
        check_named_once([child.sscc for child in self.child_packages])

    @classmethod
    def of_report(cls, report: Report) -> "Packing":
        """What a packing line reported."""
        coded, texts = report.coded()
        kinds = [None] * len(report.packages)
        contents = (report.children, report.parent_of, report.child_packages)
        return cls(report.packages, kinds, coded, texts, *contents)

    @classmethod
    def of_list(cls, fillings: Sequence[Filling]) -> "Packing":
        """Packages told one by one."""
        empty = [one.sscc or one.code or "" for one in fillings if one.is_empty]
        if empty:
            raise PackagesWithoutContents(len(empty), tuple(name[:18] for name in empty[:3]))
        indexed = list(enumerate(fillings))
        ssccs = iter(read_ssccs([one.sscc for one in fillings if one.sscc is not None]))
        names = [
            PackageName(next(ssccs) if one.sscc is not None else None, one.code) for one in fillings
        ]
        inside = [(at, text) for at, one in indexed for text in one.packages]
        children = zip(read_ssccs([text for _, text in inside]), inside, strict=True)
        coded = [at for at, one in indexed if one.sscc is None]
        texts = [(at, text) for at, one in indexed for text in one.codes]
        runs = [(at, run) for at, one in indexed for run in one.runs]
        return cls(
            names,
            [one.kind for one in fillings],
            coded,
            Texts.of_list([fillings[at].code or "" for at in coded]),
            Texts.of_list([text for _, text in texts]),
            np.array([at for at, _ in texts], np.int64),
            [ChildPackage(0, sscc, at) for sscc, (at, _) in children],
            [run for _, run in runs],
            [at for at, _ in runs],
        )


@dataclass(frozen=True, slots=True)
class Unpacking:
    """What shall come out of which packages.

    `dissolved` are transport units that end whole, `dissolved_codes` coded packs; `taken` are
    transport units, `codes` and `runs` units and coded packs, that leave what they are in.
    """

    dissolved: Sequence[str] = ()
    dissolved_codes: Sequence[str] = ()
    taken: Sequence[str] = ()
    codes: Sequence[str] = ()
    runs: Sequence[BatchRun] = ()

    def __post_init__(self) -> None:
        check_named_once([*self.dissolved, *self.taken])

    @property
    def goods(self) -> Goods:
        """All of it, the codes of packs to be dissolved last."""
        texts = Texts.of_list([*self.codes, *self.dissolved_codes])
        return Goods(texts, tuple(self.runs), (*self.dissolved, *self.taken))


def check_named_once(ssccs: Iterable[str]) -> None:
    twice = [sscc for sscc, times in Counter(ssccs).items() if times > 1]
    if twice:
        raise PackagesRepeated(len(twice), tuple(twice[:3]))
