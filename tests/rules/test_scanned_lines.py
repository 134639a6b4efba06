"""The lines of an upload, cut out of its bytes."""

from hypothesis import given
from hypothesis import strategies as st

from domain.recognition.units import Texts, Units, Verdict

LINES = st.lists(st.text("ab\x1d \r", max_size=5), max_size=12)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_lines_are_cut_at_line_feeds_alone_and_keep_their_numbers(lines, ending, is_ended):
    buffer = ending.join(lines) + (ending if is_ended else "")
    expected = [
        (number, text.removesuffix("\r"))
        for number, text in enumerate(buffer.split("\n"), 1)
        if text.removesuffix("\r")
    ]

    texts = Texts.of_lines(buffer.encode())

    found = zip(texts.numbers.tolist(), (texts[row] for row in range(len(texts))), strict=True)
    assert list(found) == expected


@given(LINES)
def test_every_line_stands_among_those_of_its_width(lines):
    texts = Texts.of_list(lines)

    found = {
        int(row): bytes(line).decode()
        for rows, matrix in texts.by_width()
        for row, line in zip(rows, matrix, strict=True)
    }

    assert found == {row: line for row, line in enumerate(lines) if line}


def test_the_first_verdict_of_a_line_stays():
    units = Units.blank(Texts.of_list(["a", "b", "c"]))

    units.mark_row(1, Verdict.UNREADABLE)
    units.mark_row(1, Verdict.AMBIGUOUS)

    assert units.told() == [
        {"first_line": 1, "last_line": 1, "verdict": "ok"},
        {"first_line": 2, "last_line": 2, "verdict": "unreadable"},
        {"first_line": 3, "last_line": 3, "verdict": "ok"},
    ]
