"""QR Codes of Digital Links, level M, as packed modules.

The links are those of one product, serials of 13 characters out of all 82. Each peer is called as
its documentation says, and chooses its mask, which is most of its work and which we leave out.
"""

import itertools
import random
import time
from collections.abc import Callable

import numpy as np
import zxingcpp
from qrcode import constants
from qrcode.main import QRCode

from bench.measured import Duel, Measured, Side
from bench.rows import ALPHABET, GTIN
from bench.stage import Stage
from domain.standards import digital_link
from labels.symbols import qr

ROUNDS = 5
OURS, OF_THE_PACKAGE, OF_THE_READER = 10_240, 40, 1_500


async def package(_stage: Stage) -> Measured:
    """Codes a second, against the package that our tables are learnt from."""
    return await against(by_the_package, OF_THE_PACKAGE)


async def reader(_stage: Stage) -> Measured:
    """Codes a second, against the encoder that comes with the reader."""
    return await against(by_the_reader, OF_THE_READER)


async def against(peer: Callable[[str], bytes], count: int) -> Measured:
    uris = links(OURS)
    qr.many(uris[:100])  # learns the tables, once in the life of a process

    def side(make: Callable[[], object], made: int) -> Side:
        async def run() -> float:
            began = time.perf_counter()
            make()
            return made / (time.perf_counter() - began)

        return run

    duel = await Duel().fight(
        ROUNDS,
        peer=side(lambda: [peer(uri) for uri in itertools.islice(uris, count)], count),
        ours=side(lambda: qr.many(uris), OURS),
    )
    return Measured(duel.share, duel.absolutes("codes_a_second"))


def links(count: int) -> list[str]:
    """Drawn at random, always the same ones."""
    chance = random.Random(0)
    serials = ("".join(chance.choices(ALPHABET, k=13)) for _ in range(count))
    return [digital_link.build([("01", GTIN), ("21", serial)]) for serial in serials]


def by_the_package(uri: str) -> bytes:
    code = QRCode(error_correction=constants.ERROR_CORRECT_M, border=0)
    code.add_data(uri)
    code.make(fit=True)
    return np.packbits(np.array(code.get_matrix(), np.uint8), axis=1).tobytes()


def by_the_reader(uri: str) -> bytes:
    code = zxingcpp.create_barcode(uri, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    return np.packbits(image == 0, axis=1).tobytes()
