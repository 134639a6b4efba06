"""Goods through their life, by the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Shell, codes_of, written


@pytest.fixture
def sold(dairy: Shell, batch: str, codes: list[str]) -> list[str]:
    """The codes of a batch that is in circulation."""
    dairy.run("apply", "--batch", batch)
    dairy.run("introduce", "--batch", batch)
    return codes


def test_a_batch_is_applied_and_introduced(dairy: Shell, batch: str, codes: list[str]):
    assert "10 units applied, event" in dairy.run("apply", "--batch", batch).stdout
    assert "10 units introduced, event" in dairy.run("introduce", "--batch", batch).stdout

    told = dairy.run("verify", codes[0]).stdout
    assert told.startswith("IN CIRCULATION  The code is authentic")
    assert "✓ The verification code is right." in told
    assert "Творог" in told


def test_codes_of_the_line_are_applied(dairy: Shell, codes: list[str]):
    assert dairy.quiet("apply", *codes[:3]) == "3"


def test_a_run_reaches_to_the_end_of_its_batch(dairy: Shell, batch: str):
    assert dairy.quiet("apply", "--batch", batch, "--first", "7") == "3"


def test_a_file_of_scans_is_applied_once(dairy: Shell, codes: list[str], tmp_path: Path):
    file = written(tmp_path / "scans.txt", codes[:4])

    first = dairy.json("apply", "--file", file)
    again = dairy.json("apply", "--file", file)

    assert first == again
    assert first["units"] == 4


def test_a_file_of_runs_is_applied(dairy: Shell, batch: str, tmp_path: Path):
    runs = written(tmp_path / "runs.csv", ["batch,first,count", f"{batch},0,2", f"{batch},5,3"])

    assert dairy.quiet("apply", "--file", runs) == "5"


def test_scans_come_through_a_pipe(dairy: Shell, codes: list[str]):
    assert dairy.quiet("apply", "--file", "-", typed="\r\n".join(codes[:2])) == "2"


def test_one_wrong_code_refuses_all_of_them(dairy: Shell, codes: list[str]):
    wrong = codes[1][:-1] + ("a" if codes[1][-1] != "a" else "b")

    told = dairy.run("apply", codes[0], wrong, ends=1).stderr

    assert "Some codes carry a verification code that is not theirs" in told
    assert "/problems/verification-failed" in told
    assert "→ These labels are not genuine or were misread" in told
    assert wrong[-4:] not in told
    assert dairy.quiet("standing", codes[0]) == "ISSUED"


def test_part_of_a_file_is_taken_where_that_is_asked_for(
    dairy: Shell, codes: list[str], tmp_path: Path
):
    file = written(tmp_path / "scans.txt", [codes[0], "nonsense", codes[1], codes[0]])

    result = dairy.run("apply", "--file", file, "--partial", ends=3)

    assert "2 units applied" in result.stdout
    assert "2 refused: " in result.stderr
    assert Path(f"{file}.errors.csv").read_text() == (
        "first_line,last_line,verdict\n2,2,unreadable\n4,4,repeated\n"
    )


def test_lines_are_told_however_many_there_are(dairy: Shell, product: str, tmp_path: Path):
    batch = dairy.quiet("batch", "register", product, "--quantity", "1100")
    scans = [line for code in codes_of(dairy, batch) for line in (code, "nonsense")]
    file = written(tmp_path / "scans.txt", scans)

    dairy.run("apply", "--file", file, "--partial", ends=3)

    assert Path(f"{file}.errors.csv").read_text().count("unreadable") == 1100


def test_lines_refused_are_shown_where_there_is_no_file(dairy: Shell, codes: list[str]):
    told = dairy.run("apply", codes[0], "nonsense", "--partial", ends=3).stdout

    assert "first_line\tlast_line\tverdict\n2\t2\tunreadable\n" in told


def test_a_dry_run_changes_nothing(dairy: Shell, batch: str, codes: list[str]):
    told = dairy.run("apply", "--batch", batch, "--dry-run").stdout

    assert "10 units would be applied." in told
    assert dairy.quiet("standing", codes[0]) == "ISSUED"


def test_a_dry_run_of_what_would_be_refused_says_so(dairy: Shell, codes: list[str]):
    result = dairy.run("introduce", *codes[:2], "--dry-run", ends=1)

    assert "2 refused: status-not-fitting 2." in result.stderr


def test_spoiled_codes_are_cancelled(dairy: Shell, codes: list[str]):
    dairy.run("cancel", codes[0])

    assert dairy.quiet("verify", codes[0], ends=1) == "cancelled"


def test_a_lot_is_given_later(dairy: Shell, batch: str, codes: list[str]):
    dairy.run("lot", "--batch", batch, "--lot-number", "L-2", "--expires-on", "2098-01-31")

    assert dairy.json("standing", codes[0])["standing"]["lot"] == {
        "lot_number": "L-2",
        "produced_on": "2026-11-20",
        "expires_on": "2098-01-31",
    }


def test_documents_that_are_missing_are_named(dairy: Shell, product: str):
    batch = dairy.quiet("batch", "register", product, "--quantity", "1", "--emission", "import")
    dairy.run("apply", "--batch", batch)

    told = dairy.run("introduce", "--batch", batch, ends=1).stderr
    assert "missing: customs_declaration_date, customs_declaration_number" in told

    given = ("customs_declaration_number=17", "customs_declaration_date=2026-11-20")
    dairy.run("introduce", "--batch", batch, "--document", given[0], "--document", given[1])


def test_documents_go_with_a_file_too(dairy: Shell, product: str, tmp_path: Path):
    batch = dairy.quiet(
        "batch", "register", product, "--quantity", "1", "--emission", "cross_border",
        "--member-state", "RU",
    )  # fmt: skip
    dairy.run("apply", "--batch", batch)
    runs = written(tmp_path / "runs.csv", ["batch,first,count", f"{batch},0,1"])

    given = ("primary_document_number=17", "primary_document_date=2026-11-20")
    dairy.run("introduce", "--file", runs, "--document", given[0], "--document", given[1])


def test_lines_of_the_input_are_verified(dairy: Shell, sold: list[str]):
    typed = f"{sold[0]}\r\n\nnonsense\n{sold[1]}\n"

    result = dairy.run("verify", "-", typed=typed, ends=3)

    assert [line.split("\t")[0] for line in result.stdout.split("\n")[:-1]] == [
        "in-circulation",
        "unreadable",
        "in-circulation",
    ]


def test_a_stranger_verifies_line_by_line(served: Shell, sold: list[str]):
    assert served.quiet("verify", *sold[:2]) == "in-circulation\nin-circulation"


def test_a_scan_that_was_repaired_says_so(served: Shell, sold: list[str]):
    told = served.run("verify", sold[0].replace("\x1d", "<GS>")).stdout

    assert "the scan was repaired: gs-as-text" in told


def test_history_is_told_from_the_beginning(dairy: Shell, product: str, sold: list[str]):
    told = dairy.run("history", sold[0]).stdout.split("\n")

    assert told[0].startswith(f"Творог: 01{product}212")
    assert [line.split("\t")[1] for line in told[2:5]] == ["registered", "applied", "introduced"]
    assert "Минский молочный завод" in told[2]


def test_standing_is_told_as_of_a_past_moment(dairy: Shell, batch: str, codes: list[str]):
    applied = dairy.json("apply", "--batch", batch)["recorded_at"]
    dairy.run("introduce", "--batch", batch)

    assert dairy.quiet("standing", codes[0], "--as-of", applied) == "APPLIED"
    assert dairy.quiet("standing", codes[0]) == "IN_CIRCULATION"
    told = dairy.run("standing", codes[0], "--as-of", "2020-01-01", ends=1).stdout
    assert "was not issued yet" in told


@pytest.mark.usefixtures("batch")
def test_verification_keys_are_public(served: Shell):
    keys = served.json("keys")

    assert ("BY", "AES_CMAC", None) in {
        (key["member_state"], key["algorithm"], key["public_key"]) for key in keys
    }
