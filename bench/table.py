"""Every figure: its id, what it measures, against what, and the goal. One line each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.figures import (
    applying,
    ciphers,
    handing,
    issuing,
    mixing,
    packing,
    scale,
    selling,
    storage,
    tracing,
    verifying,
)
from bench.measured import Goal, Measured, at_least, at_most
from bench.stage import Stage


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    id: str
    what: str
    against: str
    goal: Goal
    measure: Callable[[Stage], Awaitable[Measured]]


FIGURES = (
    Figure(
        "register-1m",
        "register a batch of 1,000,000 units over HTTP",
        "COPY of a million ready rows into the row table",
        at_least(300),
        issuing.register_1m,
    ),
    Figure(
        "register-download-1m-s",
        "register and download all marking codes (S) over HTTP",
        "generating the same in a plain loop, COPY in, COPY TO out",
        at_least(5),
        issuing.register_download_1m_s,
    ),
    Figure(
        "register-download-1m-l44",
        "register and download all marking codes (L44) over HTTP",
        "generating the same in a plain loop, COPY in, COPY TO out",
        at_least(4),
        issuing.register_download_1m_l44,
    ),
    Figure(
        "stream-s",
        "stream marking codes (S) over HTTP",
        "that plain loop joined to text",
        at_least(10),
        issuing.stream_s,
    ),
    Figure(
        "stream-l44",
        "stream marking codes (L44) over HTTP",
        "that plain loop joined to text",
        at_least(5),
        issuing.stream_l44,
    ),
    Figure(
        "stream-l88",
        "stream marking codes (L88) over HTTP",
        "bare Ed25519 signing by the library used",
        at_least(0.85),
        issuing.stream_l88,
    ),
    Figure(
        "bytes-issued",
        "growth of the whole database per code over 1,000 batches of 1,000,000",
        "the row table's bytes per code",
        at_most(0.001),
        storage.bytes_issued,
    ),
    Figure(
        "apply-run-1m",
        "apply a million named as one run",
        "UPDATE status of a million rows of the row table",
        at_least(300),
        applying.apply_run_1m,
    ),
    Figure(
        "apply-runs",
        "apply a million in 100,000 runs with gaps",
        "COPY of (batch, first, last) to temp, one UPDATE joined by range, a journal row per code",
        at_least(5),
        applying.apply_runs,
    ),
    Figure(
        "apply-upload",
        "150,000 L44 codes uploaded as scanned text, 2 % gaps, every verification code checked",
        "COPY to temp, UPDATE join, journal rows, the same check by a plain loop",
        at_least(2),
        applying.apply_upload,
    ),
    Figure(
        "verify-one",
        "verify over HTTP, requests/s, 32 connections",
        "a bare FastAPI route returning one row by primary key",
        at_least(0.5),
        verifying.verify_one,
    ),
    Figure(
        "verify-bulk",
        "verify 1,000 S or L44 codes a call, codes/s",
        "the bare route's rows/s with = ANY ($1) of 1,000",
        at_least(0.5),
        verifying.verify_bulk,
    ),
    Figure(
        "history",
        "history of a unit with 10 events (seven of them lot changes)",
        "its verify",
        at_most(3),
        verifying.history,
    ),
    Figure(
        "verify-at-100m",
        "verify with 100,000,000 codes in 10,000 batches, half fragmented into 1,000 spans",
        "with 1,000,000",
        at_most(1.3),
        scale.verify_at_100m,
    ),
    Figure(
        "hot-gtin",
        "32 clients changing single units of one GTIN over 16 stripes",
        "over 64 GTINs",
        at_least(0.5),
        verifying.hot_gtin,
    ),
    Figure(
        "ff1",
        "FF1 vectorised, 13 characters",
        "a public pure-Python FF1",
        at_least(100),
        ciphers.ff1,
    ),
    Figure(
        "pack-1m",
        "a line's report of 1,000,000 scanned codes: units into cases of 24, those onto pallets of 40",
        "parsing, COPY to temp, UPDATE join, a journal row per code",
        at_least(2),
        packing.pack_1m,
    ),
    Figure(
        "pallet-100k",
        "offer and accept a mixed pallet of 100,000 units over the border",
        "a case of 10",
        at_most(1.3),
        handing.pallet_100k,
    ),
    Figure(
        "loose-30k",
        "offer and accept 30,000 loose single codes",
        "two joined UPDATEs of the row table, each with an event and a journal row per code",
        at_most(1.5),
        handing.loose_30k,
    ),
    Figure(
        "receipts",
        "10,000 receipts of 5 scattered units in calls of 500",
        "an event per receipt, one joined UPDATE per call, a journal row per code",
        at_most(1.5),
        selling.receipts,
    ),
    Figure(
        "sold-bytes",
        "bytes a unit after 90 % of a million were sold in shuffled order on receipts of 5",
        "the row table with its receipts and its journal",
        at_most(1.2),
        selling.sold_bytes,
    ),
    Figure(
        "history-deep",
        "history of a unit with 30 events over three levels of packages",
        "the bare single-row route",
        at_most(6),
        tracing.history_deep,
    ),
    Figure(
        "contents",
        "the codes of a pallet of 100,000 units streamed, codes/s",
        "COPY TO of as many rows of the row table over HTTP",
        at_least(0.5),
        packing.contents,
    ),
    Figure(
        "mixed",
        "errors and broken invariants after 60 s of 70 % scans, 15 % sales, 10 % packing, "
        "5 % transfers by 32 clients",
        "scans alone: rates and p99 are told",
        at_most(0),
        mixing.mixed,
    ),
)
