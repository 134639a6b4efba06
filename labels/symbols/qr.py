"""QR Code, level M, of the GS1 Digital Link of a unit."""

import re
from collections.abc import Sequence

import numpy as np
from qrcode import constants
from qrcode.main import QRCode

from labels.refusals import ContentNotFitting
from labels.symbols.symbol import Symbol, Symbology, of_modules

LONGEST_URI = 300
DIGITAL_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def one(uri: str) -> Symbol:
    """The symbol of a GS1 Digital Link URI."""
    if len(uri) > LONGEST_URI or not DIGITAL_LINK.fullmatch(uri):
        reason = f"not an http(s) URI of at most {LONGEST_URI} ASCII characters"
        raise ContentNotFitting(Symbology.QR, reason)
    code = QRCode(error_correction=constants.ERROR_CORRECT_M, border=0)
    code.add_data(uri)
    code.make(fit=True)
    return of_modules(Symbology.QR, uri, "]Q1", np.array(code.get_matrix(), np.uint8))


def many(uris: Sequence[str]) -> list[Symbol]:
    """The symbols of these URIs, in their order."""
    return [one(uri) for uri in uris]
