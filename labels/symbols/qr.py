"""QR Code, level M, of the GS1 Digital Link of a unit.

The smallest version that the address fits in, never a larger one than the package `qrcode` takes.
An address whose scheme and host are capitals, which means the same, is often one version smaller.
"""

import re
from collections.abc import Sequence

from labels.refusals import ContentNotFitting
from labels.symbols import qr_segments, qr_streams
from labels.symbols.qr_tables import tables
from labels.symbols.symbol import Symbol, Symbology

LONGEST_URI = 300
DIGITAL_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
PORTION = 1024  # symbols made at a time, so that memory does not grow with the batch
FEW = 8  # below, arrays cost more than they save


def one(uri: str) -> Symbol:
    """The symbol of a GS1 Digital Link URI."""
    _check(uri)
    version, codewords = qr_segments.codewords(uri.encode("ascii"))
    return _symbol(uri, version, tables(version).symbol(codewords))


def many(uris: Sequence[str]) -> list[Symbol]:
    """The symbols of these URIs, in their order; the same ones as `one` by one."""
    if len(uris) < FEW:
        return [one(uri) for uri in uris]
    found: list[Symbol] = []
    for start in range(0, len(uris), PORTION):
        found += _portion(uris[start : start + PORTION])
    return found


def _portion(uris: Sequence[str]) -> list[Symbol]:
    for uri in uris:
        _check(uri)
    rows: dict[int, tuple[int, bytes]] = {}
    for version, places, codewords in qr_streams.codewords(uris):
        table = tables(version)
        packed = table.symbols(codewords).tobytes()
        for line, place in enumerate(places.tolist()):
            rows[place] = version, packed[line * table.size : (line + 1) * table.size]
    return [_symbol(uri, *rows[place]) for place, uri in enumerate(uris)]


def _check(uri: str) -> None:
    if len(uri) > LONGEST_URI or not DIGITAL_LINK.fullmatch(uri):
        reason = f"not an http(s) URI of at most {LONGEST_URI} ASCII characters"
        raise ContentNotFitting(Symbology.QR, reason)


def _symbol(uri: str, version: int, rows: bytes) -> Symbol:
    side = 4 * version + 17
    return Symbol(Symbology.QR, uri, "]Q1", side, side, rows)
