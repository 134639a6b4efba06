"""Data Matrix of marking codes: GS1 form, but plain for the packs of T29, which have no AIs."""

from collections.abc import Sequence

import numpy as np
import zxingcpp

from domain.catalogue.templates import Family
from labels.symbols import contents
from labels.symbols.symbol import Modules, Symbol, Symbology, of_modules


def one(marking_code: str, family: Family) -> Symbol:
    """The smallest square symbol of this code."""
    if family is Family.T29:
        contents.pack(marking_code)
        barcode = zxingcpp.create_barcode(
            marking_code, zxingcpp.BarcodeFormat.DataMatrix, force_square=True
        )
        return of_modules(Symbology.DATA_MATRIX, marking_code, "]d1", _modules(barcode))
    # Square brackets cannot occur in a value; round ones do. The options must be spelt exactly so:
    # the encoder ignores those it does not know, and is wrong about its own result.
    content = "".join(f"[{ai}]{value}" for ai, value in contents.elements(marking_code))
    barcode = zxingcpp.create_barcode(
        content, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True
    )
    return of_modules(Symbology.DATA_MATRIX, marking_code, "]d2", _modules(barcode))


def many(marking_codes: Sequence[str], family: Family) -> list[Symbol]:
    """The symbols of these codes, in their order."""
    return [one(code, family) for code in marking_codes]


def _modules(barcode: zxingcpp.Barcode) -> Modules:
    image = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False), np.uint8)
    return np.where(image, 0, 1).astype(np.uint8)
