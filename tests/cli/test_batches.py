"""Batches and their codes."""

import json
import stat
from pathlib import Path

import pytest

from cli.downloads import digest
from tests.cli.conftest import Shell, codes_of, written

UNITS = 120_000  # more than two blocks


@pytest.fixture
def large(dairy: Shell, product: str) -> str:
    return dairy.quiet("batch", "register", product, "--quantity", str(UNITS))


def test_a_batch_is_registered_with_what_comes_next(dairy: Shell, product: str):
    told = dairy.run("batch", "register", product, "--quantity", "1000000").stdout

    assert f"1,000,000 units of {product}, milk-s, issued in BY." in told
    assert "tamga labels print --batch" in told
    assert dairy.json("batch", "list")[0]["quantity"] == 1_000_000


def test_a_batch_tells_how_its_units_stand(dairy: Shell, batch: str):
    dairy.run("apply", "--batch", batch, "--count", "4")

    told = dairy.run("batch", "show", batch).stdout

    assert "issued: 6" in told
    assert "applied: 4" in told


def test_own_serials_sent_again_are_the_same_batch(dairy: Shell, product: str, tmp_path: Path):
    serials = written(tmp_path / "serials.txt", ["2aaaaa", "2bbbbb"])
    line = ("batch", "register", product, "--serials", serials)

    first, again = dairy.quiet(*line), dairy.quiet(*line)

    assert first == again
    assert [code[18:24] for code in codes_of(dairy, first)] == ["2aaaaa", "2bbbbb"]


def test_codes_in_foreign_hands_are_refused(rival: Shell, batch: str):
    told = rival.run("batch", "codes", batch, "-o", "-", ends=1)

    assert told.stdout == ""
    assert "There is no such batch, or none that you may see" in told.stderr


def test_a_quantity_of_nothing_is_a_matter_of_usage(dairy: Shell, product: str):
    dairy.run("batch", "register", product, "--quantity", "0", ends=2)


def test_codes_go_into_a_file_that_others_cannot_read(dairy: Shell, batch: str, tmp_path: Path):
    dairy.run("batch", "codes", batch)

    path = tmp_path / f"{batch}.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().decode().split("\n")[:-1] == codes_of(dairy, batch)
    assert {code[24] for code in codes_of(dairy, batch)} == {"\x1d"}


@pytest.mark.parametrize("form", ["text", "csv", "ndjson"])
def test_blocks_make_up_the_stream(dairy: Shell, large: str, tmp_path: Path, form: str):
    path = tmp_path / "codes"
    dairy.run("batch", "codes", large, "-o", str(path), "--format", form)

    streamed = dairy.run("batch", "codes", large, "-o", "-", "--format", form).stdout_bytes

    lines = path.read_bytes().split(b"\n")
    assert [line for line in lines if not line.startswith(b"ordinal,")] == [
        line for line in streamed.split(b"\n") if not line.startswith(b"ordinal,")
    ]
    assert not path.with_name("codes.part").exists()
    assert not path.with_name("codes.blocks").exists()


def interrupt(path: Path, batch: str, *, damaged: bool = False) -> bytes:
    """Leave of a download what an interruption in its second block would; returns the whole."""
    whole = path.read_bytes()
    block = len(whole) * 50_000 // UNITS
    first = whole[:block]
    kept = whole[: block + 1000]
    path.with_name("codes.part").write_bytes(b"?" + kept[1:] if damaged else kept)
    notes = [json.dumps([batch, "text"]), json.dumps([block, digest(first)])]
    path.with_name("codes.blocks").write_text("".join(f"{line}\n" for line in notes))
    path.unlink()
    return whole


def test_a_download_goes_on_where_it_stopped(dairy: Shell, large: str, tmp_path: Path):
    path = tmp_path / "codes"
    line = ("batch", "codes", large, "-o", str(path))
    dairy.run(*line)
    whole = interrupt(path, large)

    told = dairy.run(*line, "--verbose").stderr

    assert "Going on after block 1 of 3." in told
    assert "/blocks/0 " not in told
    assert path.read_bytes() == whole


def test_what_was_damaged_meanwhile_is_fetched_again(dairy: Shell, large: str, tmp_path: Path):
    path = tmp_path / "codes"
    line = ("batch", "codes", large, "-o", str(path))
    dairy.run(*line)
    whole = interrupt(path, large, damaged=True)

    told = dairy.run(*line).stderr

    assert "Going on" not in told
    assert path.read_bytes() == whole


def test_notes_of_another_download_do_not_count(dairy: Shell, large: str, tmp_path: Path):
    path = tmp_path / "codes"
    line = ("batch", "codes", large, "-o", str(path))
    dairy.run(*line)
    whole = interrupt(path, "another batch")

    dairy.run(*line)

    assert path.read_bytes() == whole


def test_a_part_of_the_codes_is_streamed(
    dairy: Shell, batch: str, codes: list[str], tmp_path: Path
):
    path = tmp_path / "some.txt"

    dairy.run("batch", "codes", batch, "-o", str(path), "--first", "3", "--count", "2")

    assert path.read_bytes().decode() == f"{codes[3]}\n{codes[4]}\n"


def test_a_run_beyond_the_batch_is_refused(dairy: Shell, batch: str):
    told = dairy.run("batch", "codes", batch, "--first", "9", "--count", "2", ends=1).stderr

    assert "quantity: 10" in told


def test_a_picture_without_codes_is_said_to_be_one(dairy: Shell, tmp_path: Path):
    picture = tmp_path / "note.png"
    picture.write_bytes(b"not a picture")

    told = dairy.run("scan", str(picture), ends=1).stderr

    assert "not a picture of a known kind" in told


def test_a_file_that_cannot_be_written_is_named(dairy: Shell, batch: str):
    told = dairy.run("batch", "codes", batch, "-o", "nowhere/codes", ends=2).stderr

    assert "nowhere/codes.part: No such file or directory" in told
