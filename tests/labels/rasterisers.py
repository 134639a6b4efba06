"""PDF pages as programs put them on paper, dot by dot: True where it is black."""

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

Dots = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
Rasteriser = Callable[[bytes, int, Path], list[Dots]]
DARK = 128


def pdfium(file: bytes, dpi: int, _folder: Path) -> list[Dots]:
    """Every page in grey, cut in the middle."""
    document = pypdfium2.PdfDocument(io.BytesIO(file))
    rendered = (page.render(scale=dpi / 72, grayscale=True).to_numpy() for page in document)
    return [page.reshape(page.shape[:2]) < DARK for page in rendered]


def ghostscript(file: bytes, dpi: int, folder: Path) -> list[Dots]:
    program = installed("gs", "ghostscript")
    (folder / "in.pdf").write_bytes(file)
    command = [program, "-q", "-dSAFER", "-sDEVICE=pbmraw", f"-r{dpi}", "-o", "%04d.pbm", "in.pdf"]
    subprocess.run(command, cwd=folder, check=True)
    return bitmaps(folder)


def poppler(file: bytes, dpi: int, folder: Path) -> list[Dots]:
    program = installed("pdftoppm", "poppler-utils")
    (folder / "in.pdf").write_bytes(file)
    subprocess.run([program, "-mono", "-r", str(dpi), "in.pdf", "page"], cwd=folder, check=True)
    return bitmaps(folder)


RASTERISERS: dict[str, Rasteriser] = {
    "pdfium": pdfium,
    "Ghostscript": ghostscript,
    "poppler": poppler,
}


def installed(program: str, package: str) -> str:
    """Where the program is; skips, and says how to get it, where it is not."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed: apt-get install {package}")
    return found


def bitmaps(folder: Path) -> list[Dots]:
    return [~np.asarray(Image.open(path)) for path in sorted(folder.glob("*.pbm"))]
