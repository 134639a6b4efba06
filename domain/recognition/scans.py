"""Lines that do not stand exactly as printed, read one by one by the tolerant intake."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.codes import intake
from domain.codes.intake import Templates
from domain.codes.readings import Reading
from domain.recognition.numbers import Known, numbers_of
from domain.recognition.units import Texts, Units, Verdict
from domain.registry.spans import Run
from domain.standards import byte_rows

Place = tuple[int, int]  # series, number


class Scan(NamedTuple):
    """A line, in each way that it can be read."""

    row: int
    readings: tuple[Reading, ...]

    def reading_of(self, gtin: str) -> Reading | None:
        return next((one for one in self.readings if one.gtin == gtin), None)


def gtins_of(texts: Texts, rows: Iterable[int]) -> set[str]:
    """Every GTIN that these lines may name."""
    return {gtin for row in rows for gtin in intake.gtins(texts[row])}


def read(texts: Texts, rows: Iterable[int], templates: Templates, units: Units) -> list[Scan]:
    """Read these lines; what cannot be read is marked so, what was repaired is counted."""
    scans = []
    for row in rows:
        found = intake.read(texts[row], templates)
        if not found.readings:
            units.mark_row(row, Verdict.UNREADABLE)
            continue
        for repair in {repair for one in found.readings for repair in one.repairs}:
            units.repairs[repair] = units.repairs.get(repair, 0) + 1
        scans.append(Scan(row, found.readings))
    return scans


def number(
    units: Units, scans: Sequence[Scan], known: Known, own: Mapping[tuple[str, str], Place]
) -> None:
    """Find the number of each scan; where two readings were issued, neither is taken."""
    places = dict(own)
    for gtin, serials in by_form(scans).items():
        found = numbers_of(known, gtin[0], byte_rows.rows_of("".join(serials).encode(), gtin[1]))
        for serial, series, one in zip(serials, *(part.tolist() for part in found), strict=True):
            if series >= 0:
                places.setdefault((gtin[0], serial), (series, one))
    for scan in scans:
        name(units, scan)
        issued = {places.get((one.gtin, one.serial)) for one in scan.readings} - {None}
        if len(issued) > 1:
            units.mark_row(scan.row, Verdict.AMBIGUOUS)
            units.candidates[scan.row] = [Run(*place, place[1]) for place in issued if place]
        elif issued:
            units.series[scan.row], units.number[scan.row] = issued.pop() or (-1, -1)


def name(units: Units, scan: Scan) -> None:
    """Note what the scan is called, by the likeliest of its readings."""
    reading = scan.readings[0]
    serial = reading.serial.encode()
    units.named.append((np.array([scan.row]), reading.gtin, byte_rows.rows_of(serial, len(serial))))


def by_form(scans: Iterable[Scan]) -> dict[tuple[str, int], list[str]]:
    """The serials of all readings by (GTIN, length)."""
    forms: dict[tuple[str, int], list[str]] = {}
    for scan in scans:
        for one in scan.readings:
            if one.serial.isascii():
                forms.setdefault((one.gtin, len(one.serial)), []).append(one.serial)
    return forms
