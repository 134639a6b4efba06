"""Pictures on the command line: many of them, poor ones, and what is no picture."""

import io
from pathlib import Path

import pytest
from PIL import Image

from domain.catalogue.templates import Family
from labels.symbols import data_matrix
from tests.cli.conftest import Shell
from tests.labels.symbol_pictures import bitmap
from tests.photographs import HARD, MIDDLE, photographs

GS = chr(29)


def drawn(code: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(bitmap(data_matrix.one(code, Family.S), 6)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def album(tmp_path: Path) -> dict[str, str]:
    """Photographs by name, and what each says."""
    taken = [*photographs(MIDDLE, 1), *photographs(HARD, 1)]
    for number, one in enumerate(taken):
        (tmp_path / f"{number}.jpg").write_bytes(one.jpeg)
    return {f"{number}.jpg": one.text for number, one in enumerate(taken)}


def test_many_pictures_are_read_and_told_in_their_order(
    shell: Shell, album: dict[str, str], tmp_path: Path
):
    Image.new("L", (100, 100), 200).save(tmp_path / "blank.png")

    told = shell.run("scan", "--text", "blank.png", *album, ends=3)

    lines = told.stdout.replace("␝", GS).split("\n")[:-1]
    unread = [name for name in album if f"! {name}: no Data Matrix or QR code" in told.stderr]
    assert lines == [text for name, text in album.items() if name not in unread]
    assert "! blank.png: no Data Matrix or QR code was found. Hold still" in told.stderr
    assert len(unread) <= len(album) // 4


def test_codes_in_pictures_are_verified(dairy: Shell, codes: list[str], tmp_path: Path):
    for number, code in enumerate(codes[:2]):
        (tmp_path / f"{number}.png").write_bytes(drawn(code))

    alone = dairy.run("scan", "0.png", ends=1).stdout
    told = dairy.run("scan", "0.png", "1.png", ends=1).stdout

    assert "0.png:" not in alone
    assert "0.png:" in told
    assert "1.png:" in told


def test_a_folder_is_refused_with_what_to_write_instead(shell: Shell, tmp_path: Path):
    (tmp_path / "photos").mkdir()

    told = shell.run("scan", "photos", ends=2).stderr

    assert "photos is a folder; name the pictures in it: photos/*.jpg" in told


def test_a_picture_comes_through_a_pipe(shell: Shell):
    code = f"0104610053149777215dxx1(U{GS}93dGVz"

    assert shell.quiet("scan", "--text", "-", typed=drawn(code)) == code.replace(GS, "␝")


def test_what_is_no_picture_ends_nothing_but_itself(shell: Shell, tmp_path: Path):
    code = f"0104610053149777215dxx1(U{GS}93dGVz"
    (tmp_path / "note.png").write_bytes(b"a note")
    (tmp_path / "label.png").write_bytes(drawn(code))

    told = shell.run("scan", "--text", "note.png", "label.png", ends=3)

    assert "! note.png: not a picture of a known kind." in told.stderr
    assert told.stdout.replace("␝", GS) == f"{code}\n"
    shell.run("scan", "nowhere.png", ends=2)
