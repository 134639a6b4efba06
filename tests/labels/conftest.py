"""Marking codes of every template shape, drawn at random, and pages as a printer sees them."""

import base64
import io
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pytest

from domain.catalogue.templates import Family
from domain.standards import cigarette_pack
from domain.standards.alphabets import Alphabet
from domain.standards.cigarette_pack import CigarettePack
from domain.standards.gs1_keys import check_digit

GS = chr(29)


@dataclass(frozen=True)
class Shape:
    """A template as a symbol sees it: what follows GTIN and serial."""

    name: str
    family: Family
    serial_length: int
    before: str = ""
    after: str = ""


SHAPES = [
    Shape("milk", Family.S, 6),
    Shape("milk-by-weight", Family.S, 6, after=f"{GS}3103000750"),
    Shape("beer", Family.S, 7),
    Shape("keg", Family.S, 7, after=f"{GS}3350000030"),
    Shape("block", Family.S, 7, before=f"{GS}8005090000"),
    Shape("water", Family.S, 13),
    Shape("lamp-short", Family.S, 20),
    Shape("toy", Family.L44, 6),
    Shape("clothes", Family.L44, 13),
    Shape("camera", Family.L44, 20),
    Shape("shoes", Family.L88, 13),
    Shape("shoes-with-240", Family.L88, 13, before=f"{GS}2406403"),
    Shape("pack", Family.T29, 7),
]


def draw(shape: Shape, chance: random.Random) -> str:
    """A code of this shape; its serial may hold any of the 82 characters."""
    digits = f"046{chance.randrange(10**10):010}"
    gtin = digits + check_digit(digits)
    serial = "".join(chance.choices(Alphabet.SET_82.characters, k=shape.serial_length))

    def secret(size: int) -> str:
        return base64.b64encode(chance.randbytes(size)).decode()

    if shape.family is Family.T29:
        price = chance.randrange(cigarette_pack.HIGHEST_PRICE)
        return cigarette_pack.build(CigarettePack(gtin, serial, price, secret(3)))
    tail = {
        Family.S: f"{GS}93{secret(3)}",
        Family.L44: f"{GS}91EE05{GS}92{secret(32)}",
        Family.L88: f"{GS}91EE05{GS}92{secret(64)}",
    }[shape.family]
    return f"01{gtin}21{serial}{shape.before}{tail}{shape.after}"


@pytest.fixture(params=SHAPES, ids=lambda shape: shape.name)
def shape(request):
    return request.param


@pytest.fixture
def codes(shape) -> Callable[[int], list[str]]:
    """So many codes of the shape; the same ones in every run."""
    chance = random.Random(shape.name)  # noqa: S311 - drawn to be repeated, not to be secret
    return lambda count: [draw(shape, chance) for _ in range(count)]


@pytest.fixture(scope="session")
def one_of_each() -> list[tuple[str, Family]]:
    chance = random.Random("one of each")  # noqa: S311
    return [(draw(shape, chance), shape.family) for shape in SHAPES]


class Pages:
    """A PDF as a printer of so many dots to the inch would put it on paper."""

    def __init__(self, file: bytes) -> None:
        self.document = pdfium.PdfDocument(io.BytesIO(file))

    def __len__(self) -> int:
        return len(self.document)

    def dots(self, page: int, dpi: int) -> np.ndarray:
        rendered = self.document[page].render(scale=dpi / 72, grayscale=True).to_numpy()
        return rendered.reshape(rendered.shape[:2])

    def text(self, page: int) -> str:
        return self.document[page].get_textpage().get_text_range().replace("\r\n", "\n")


@pytest.fixture
def pages() -> type[Pages]:
    return Pages
