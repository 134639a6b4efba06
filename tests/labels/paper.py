"""What printers would put on paper: small readers of what we write in their languages, strict ones.

They know the commands that we use and no others, so that a text that became a command is noticed.
"""

import re
from dataclasses import dataclass, field

import numpy as np

Dots = np.ndarray  # lines by columns, 1 for black

COMMAND = re.compile(r"\^(XA|XZ|FO|FT|GFA|BX|BY|BC|A0|FH|FD|FS|PQ)([^^~]*)")
RUN = re.compile(r"([G-Zg-z]*)([0-9A-F])")
DATA_MATRIX = "N,(\\d+),200,,,6,\\$,1"


@dataclass
class Printed:
    """A label on paper: its pictures, and what else the printer was to make itself."""

    dots: Dots
    copies: int = 1
    made: list[tuple[str, tuple[int, int], str]] = field(default_factory=list)


def blank(size: tuple[int, int]) -> Dots:
    return np.zeros((size[1], size[0]), np.uint8)


def stamp(dots: Dots, left: int, top: int, picture: Dots, *, overwrite: bool = False) -> None:
    """Put a picture down; of what is beyond the label, only white may be."""
    height, width = dots.shape[0] - top, dots.shape[1] - left
    assert height > 0
    assert width > 0
    assert not picture[height:].any()
    assert not picture[:, width:].any()
    picture = picture[:height, :width]
    place = dots[top : top + picture.shape[0], left : left + picture.shape[1]]
    place[:] = picture if overwrite else place | picture


def unpacked(rows: bytes, stride: int) -> Dots:
    return np.unpackbits(np.frombuffer(rows, np.uint8).reshape(-1, stride), axis=1)


# ZPL


def zpl(file: bytes, size: tuple[int, int]) -> list[Printed]:
    """The labels of a file; anything in it that is no command of ours is an error."""
    labels = []
    for written in file.decode("ascii").split("\n")[:-1]:
        assert written.startswith("^XA")
        assert written.endswith("^XZ")
        labels.append(_zpl_label(written, size))
    return labels


def _zpl_label(written: str, size: tuple[int, int]) -> Printed:
    commands = COMMAND.findall(written)
    assert "".join(f"^{name}{told}" for name, told in commands) == written
    printed = Printed(blank(size))
    kind, at = "", (0, 0)
    for name, told in commands:
        if name in {"FO", "FT"}:
            left, top = map(int, told.split(","))
            kind, at = "", (left, top)
        elif name == "GFA":
            stamp(printed.dots, *at, graphic(told.removeprefix(",")))
        elif name == "FD":
            printed.made.append((kind, at, unescaped(told) if "FH\\" in kind else told))
        elif name == "PQ":
            printed.copies = int(told)
        else:
            kind += name + told
    return printed


def unescaped(told: str) -> str:
    return re.sub(r"\\([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), told)


def graphic(told: str) -> Dots:
    """The dots of a ^GFA, decompressed digit by digit."""
    sent, total, stride, data = told.split(",", 3)
    assert sent == total
    assert int(total) <= 99_999
    lines: list[str] = []
    line = ""
    for piece in re.findall(r"[G-Zg-z]*[0-9A-F]|[,:]", data):
        if piece == ":":
            assert not line
            lines.append(lines[-1])
            continue
        line += "0" * (2 * int(stride) - len(line)) if piece == "," else run(piece)
        if len(line) == 2 * int(stride):
            lines.append(line)
            line = ""
    assert not line
    rows = bytes.fromhex("".join(lines))
    assert len(rows) == int(total)
    return unpacked(rows, int(stride))


def run(piece: str) -> str:
    counts, digit = RUN.fullmatch(piece).groups()
    times = sum(
        ord(letter) - ord("F") if letter < "Z" else 20 * (ord(letter) - ord("f"))
        for letter in counts
    )
    return digit * (times or 1)


# TSPL and EPL: pictures are raw bytes of so many, so they are read from the start to the end.

BITMAP = re.compile(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,")
TSPL_TEXT = re.compile(rb'TEXT (\d+),(\d+),"0",0,(\d+),(\d+),"((?:[^"\\]|\\\["\])*)"\r\n')
DMATRIX = re.compile(rb'DMATRIX (\d+),(\d+),(\d+),(\d+),c126,x(\d+),"([^"]*)"\r\n')
GW = re.compile(rb"GW(\d+),(\d+),(\d+),(\d+),")


def tspl(file: bytes, size: tuple[int, int]) -> list[Printed]:
    labels = []
    at = 0
    while at < len(file):
        assert file.startswith(b"CLS\r\n", at)
        at += 5
        printed = Printed(blank(size))
        while not (last := re.compile(rb"PRINT 1,(\d+)\r\n").match(file, at)):
            if picture := BITMAP.match(file, at):
                at = _picture(printed, file, picture)
            elif text := TSPL_TEXT.match(file, at):
                told = text[5].replace(b'\\["]', b'"').decode("ascii")
                printed.made.append(("TEXT", (int(text[1]), int(text[2])), told))
                at = text.end()
            else:
                symbol = DMATRIX.match(file, at)
                assert symbol, file[at : at + 40]
                told = re.sub(rb"~d034", b'"', symbol[6]).decode("ascii")
                printed.made.append(("DMATRIX", (int(symbol[1]), int(symbol[2])), told))
                at = symbol.end()
        printed.copies = int(last[1])
        labels.append(printed)
        at = last.end()
    return labels


def epl(file: bytes, size: tuple[int, int]) -> list[Printed]:
    labels = []
    at = 0
    while at < len(file):
        assert file.startswith(b"\r\nN\r\n", at)
        at += 5
        printed = Printed(blank(size))
        while picture := GW.match(file, at):
            at = _picture(printed, file, picture)
        last = re.compile(rb"P(\d+)\r\n").match(file, at)
        assert last, file[at : at + 40]
        printed.copies = int(last[1])
        labels.append(printed)
        at = last.end()
    return labels


def _picture(printed: Printed, file: bytes, header: re.Match) -> int:
    left, top, stride, lines = map(int, header.groups())
    end = header.end() + stride * lines
    assert file[end : end + 2] == b"\r\n"
    rows = bytes(byte ^ 0xFF for byte in file[header.end() : end])
    stamp(printed.dots, left, top, unpacked(rows, stride), overwrite=True)
    return end + 2
