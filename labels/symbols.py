"""Text to modules: Data Matrix for marking codes, QR for Digital Links, GS1-128 for SSCCs."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import zxingcpp
from barcode.codex import Gs1_128
from qrcode import constants
from qrcode.main import QRCode

from domain.catalogue.templates import Family
from domain.standards import cigarette_pack, element_string, gs1_keys
from domain.standards.cigarette_pack import CigarettePack
from domain.standards.element_string import Element
from labels.refusals import ContentNotFitting

LONGEST_URI = 300
DIGITAL_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)

Modules = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


class Symbology(StrEnum):
    DATA_MATRIX = "Data Matrix"
    QR = "QR Code"
    GS1_128 = "GS1-128"


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a symbology asks of its surroundings, in modules and millimetres."""

    quiet_columns: int
    quiet_lines: int
    line_height: int  # modules that one line of the symbol is high
    smallest_mm: float
    largest_mm: float


# Data Matrix: ISO/IEC 16022 and the marking rules; QR: ISO/IEC 18004;
# GS1-128: GS1 logistic label guideline, at least 32 mm high at any module it allows.
GEOMETRY = {
    Symbology.DATA_MATRIX: Geometry(1, 1, 1, 0.255, 0.680),
    Symbology.QR: Geometry(4, 4, 1, 0.255, 0.680),
    Symbology.GS1_128: Geometry(10, 2, 65, 0.495, 0.940),
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """The modules of one symbol; `content` is what a reader must give back, byte for byte.

    `rows` holds the lines from the top, each in whole bytes, the leftmost module in the highest
    bit, 1 for dark. `content` stays out of `repr`: it may hold a verification code.
    """

    symbology: Symbology
    content: str = field(repr=False)
    identifier: str  # AIM symbology identifier a reader must report
    columns: int
    lines: int
    rows: bytes = field(repr=False)

    @property
    def geometry(self) -> Geometry:
        return GEOMETRY[self.symbology]

    @property
    def stride(self) -> int:
        return (self.columns + 7) // 8

    def dark(self) -> Modules:
        """The modules as an array of lines by columns, 1 for dark."""
        packed = np.frombuffer(self.rows, np.uint8).reshape(self.lines, self.stride)
        return np.unpackbits(packed, axis=1, count=self.columns)


def data_matrix(marking_code: str, family: Family) -> Symbol:
    """Data Matrix of a marking code: GS1 form, but plain for the packs of T29, which have no AIs."""
    if family is Family.T29:
        return _plain_data_matrix(marking_code)
    # Square brackets cannot occur in a value; round ones do. The options must be spelt exactly so:
    # the encoder ignores those it does not know, and is wrong about its own result.
    content = "".join(f"[{ai}]{value}" for ai, value in _elements(marking_code))
    barcode = zxingcpp.create_barcode(
        content, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True
    )
    return _matrix(Symbology.DATA_MATRIX, marking_code, "]d2", _modules(barcode))


def digital_link_qr(uri: str) -> Symbol:
    """QR Code, level M, of a GS1 Digital Link URI."""
    if len(uri) > LONGEST_URI or not DIGITAL_LINK.fullmatch(uri):
        reason = f"not an http(s) URI of at most {LONGEST_URI} ASCII characters"
        raise ContentNotFitting(Symbology.QR, reason)
    code = QRCode(error_correction=constants.ERROR_CORRECT_M, border=0)
    code.add_data(uri)
    code.make(fit=True)
    return _matrix(Symbology.QR, uri, "]Q1", np.array(code.get_matrix(), np.uint8))


def sscc(code: str) -> Symbol:
    """GS1-128 of a transport unit's SSCC, 18 digits. The encoder checks nothing, so it is here."""
    try:
        content = f"00{gs1_keys.sscc(code)}"
    except gs1_keys.InvalidSscc as invalid:
        raise ContentNotFitting(Symbology.GS1_128, str(invalid)) from invalid
    bars = np.array([[int(module) for module in Gs1_128(content).build()[0]]], np.uint8)
    return _matrix(Symbology.GS1_128, content, "]C1", bars)


def identification(marking_code: str, family: Family) -> tuple[str, str]:
    """GTIN and serial of a marking code: all of it that may be printed as text."""
    if family is Family.T29:
        pack = _pack(marking_code)
        return pack.gtin, pack.serial
    gtin, serial, *_ = _elements(marking_code)
    return gtin.value, serial.value


def _plain_data_matrix(pack_code: str) -> Symbol:
    _pack(pack_code)
    barcode = zxingcpp.create_barcode(
        pack_code, zxingcpp.BarcodeFormat.DataMatrix, force_square=True
    )
    return _matrix(Symbology.DATA_MATRIX, pack_code, "]d1", _modules(barcode))


def _pack(code: str) -> CigarettePack:
    try:
        return cigarette_pack.parse(code)
    except cigarette_pack.InvalidPack as invalid:
        raise ContentNotFitting(Symbology.DATA_MATRIX, str(invalid)) from invalid


def _elements(marking_code: str) -> tuple[Element, ...]:
    """The code's elements, of which GTIN and serial must be the first."""
    try:
        elements = element_string.parse(marking_code)
    except element_string.InvalidElementString as invalid:
        raise ContentNotFitting(Symbology.DATA_MATRIX, str(invalid)) from invalid
    if [element.ai for element in elements[:2]] != ["01", "21"]:
        raise ContentNotFitting(Symbology.DATA_MATRIX, "a marking code begins with AI 01 and 21")
    return elements


def _modules(barcode: zxingcpp.Barcode) -> Modules:
    image = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False), np.uint8)
    return np.where(image, 0, 1).astype(np.uint8)


def _matrix(
    symbology: Symbology,
    content: str,
    identifier: str,
    dark: Modules,
) -> Symbol:
    lines, columns = dark.shape
    rows = np.packbits(dark, axis=1).tobytes()
    return Symbol(symbology, content, identifier, columns, lines, rows)
