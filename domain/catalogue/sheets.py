"""A file from outside as rows of text: CSV, TSV or XLSX, told apart by what is in it.

Text may be UTF-8, with or without the mark that Excel puts first, UTF-16 with its mark, or
Windows-1251. The separator is the one that makes most sense of the header. What cannot be read
for sure is refused, not guessed: a wrong guess would put nonsense on labels.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from domain.catalogue.workbook import read_workbook
from domain.errors import FileTooLarge, FileUnreadable

ZIP = b"PK\x03\x04"
OLE2 = b"\xd0\xcf\x11\xe0"
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SEPARATORS = ("\t", ";", ",")
LONGEST_ROW = 1_000_000  # characters
ROWS_OF_A_SPREADSHEET = 1_048_576  # the blank ones included
HEADER_WITHIN = 20  # rows of titles and remarks that may stand above the header
UTF8_LETTERS = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})+")
ASCII = re.compile(r"[\x00-\x7f]+")
# Letters and signs that Russian and Belarusian texts in Windows-1251 are made of.
EXPECTED_1251 = re.compile("[А-Яа-яЁёІіЎў«»„“”‘’–—…№°±·®©™§×\xa0]+")  # noqa: RUF001
# Spreadsheets take a cell that begins so for a formula; an apostrophe makes it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class SheetLimits:
    """What a file may be at most."""

    bytes: int = 64 * 2**20
    rows: int = 200_000
    columns: int = 100
    characters: int = 64 * 2**20
    unpacked_bytes: int = 128 * 2**20


@dataclass(frozen=True)
class Form:
    """How a file is written. A workbook comes back as CSV, in the form that is the default.

    Semicolons and the mark make spreadsheets of the Union's countries open it as a table.
    """

    separator: str = ";"
    encoding: str = "utf-8-sig"
    quoted: bool = True
    newline: str = "\r\n"

    @property
    def media_type(self) -> str:
        return "text/tab-separated-values" if self.separator == "\t" else "text/csv"


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, blank ones left out; `rows` are (row number from 1, cells).

    `above` are the rows over the header.
    """

    form: Form
    above: list[list[str]]
    header: list[str]
    rows: list[tuple[int, list[str]]]


NumberedRows = Iterator[tuple[int, list[str]]]


def read_sheet(
    body: bytes, *, known_columns: Callable[[list[str]], int], limits: SheetLimits
) -> Sheet:
    """The file as rows of text.

    `known_columns` counts how many cells of a row are names of columns: the header is the row
    with most of them. Raises FileUnreadable, FileTooLarge.
    """
    if len(body) > limits.bytes:
        raise FileTooLarge("bytes", limits.bytes)
    if body.startswith(OLE2):
        raise FileUnreadable("it is an old XLS workbook or one with a password: save it as XLSX")
    if body.startswith(ZIP):
        rows = read_workbook(
            body, unpacked_limit=limits.unpacked_bytes, columns_limit=limits.columns
        )
        return assembled(rows, known_columns, limits, Form())
    encoding = encoding_of(body)
    text = decoded(body, encoding)
    separator = separator_of(text, known_columns)
    form = Form(separator, encoding, quoted=True, newline="\r\n" if "\r\n" in text else "\n")
    try:
        return assembled(parsed(text, form), known_columns, limits, form)
    except FileUnreadable:
        if separator != "\t":
            raise
    # A file separated by tabs need not know quotation marks at all.
    form = replace(form, quoted=False)
    return assembled(parsed(text, form), known_columns, limits, form)


def assembled(
    rows: NumberedRows,
    known_columns: Callable[[list[str]], int],
    limits: SheetLimits,
    form: Form,
) -> Sheet:
    read: list[tuple[int, list[str]]] = []
    characters = 0
    for passed, (number, cells) in enumerate(rows):
        # A workbook may name one long text in many cells: small to read, huge to write back.
        characters += sum(map(len, cells))
        if characters > limits.characters:
            raise FileTooLarge("characters", limits.characters)
        if len(cells) > limits.columns:
            raise FileTooLarge("columns", limits.columns)
        texts = [unguarded(cell) for cell in cells]
        if any(text.strip() for text in texts):
            read.append((number, texts))
        if len(read) > limits.rows + HEADER_WITHIN or passed > ROWS_OF_A_SPREADSHEET:
            raise FileTooLarge("rows", limits.rows)
    if not read:
        raise FileUnreadable("it is empty")
    at = max(range(min(HEADER_WITHIN, len(read))), key=lambda index: known_columns(read[index][1]))
    if len(read) - at - 1 > limits.rows:
        raise FileTooLarge("rows", limits.rows)
    return Sheet(
        form=form,
        above=[cells for _, cells in read[:at]],
        header=[cell.strip() for cell in read[at][1]],
        rows=read[at + 1 :],
    )


def encoding_of(body: bytes) -> str:
    for mark, encoding in MARKS.items():
        if body.startswith(mark):
            return encoding
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if is_windows_1251(body):
            return "cp1251"
        line = body.count(b"\n", 0, error.start) + 1
        raise FileUnreadable(
            f"line {line} is neither UTF-8 nor Windows-1251 text: save the file as UTF-8"
        ) from error
    return "utf-8"


def is_windows_1251(body: bytes) -> bool:
    """Whether these bytes make Cyrillic text in Windows-1251, and are not damaged UTF-8.

    All bytes but one mean something in Windows-1251, so that decoding alone proves nothing.
    """
    try:
        foreign = ASCII.sub("", body.decode("cp1251"))
    except UnicodeDecodeError:
        return False
    in_utf8 = len(body) - len(UTF8_LETTERS.sub(b"", body))
    unexpected = len(EXPECTED_1251.sub("", foreign))
    return in_utf8 * 2 < len(foreign) and unexpected <= 0.05 * len(foreign)


def decoded(body: bytes, encoding: str) -> str:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"byte {error.start} does not fit its encoding, {encoding}") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileUnreadable(f"line {line} holds a zero byte: it is no text")
    return text


def separator_of(text: str, known_columns: Callable[[list[str]], int]) -> str:
    lines = io.StringIO(text[:LONGEST_ROW]).readlines()[:HEADER_WITHIN]

    def sense(separator: str) -> tuple[int, int]:
        rows = [line.split(separator) for line in lines]
        return max(map(known_columns, rows), default=0), max(map(len, rows), default=0)

    return max(SEPARATORS, key=sense)


class Lines:
    """The lines of a text, as long as they make rows of a bounded length."""

    def __init__(self, text: str) -> None:
        self.lines = io.StringIO(text, newline="")
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.taken += len(line)
            if self.taken > LONGEST_ROW:
                raise FileTooLarge("characters in a row", LONGEST_ROW)
            yield line


def parsed(text: str, form: Form) -> NumberedRows:
    lines = Lines(text)
    reader = csv.reader(
        lines,
        delimiter=form.separator,
        strict=form.quoted,
        quoting=csv.QUOTE_MINIMAL if form.quoted else csv.QUOTE_NONE,
    )
    try:
        for number, cells in enumerate(reader, start=1):
            lines.taken = 0
            yield number, cells
    except csv.Error as error:
        raise FileUnreadable(
            f"line {reader.line_num}: {error}; is a quotation mark not closed or not doubled?"
        ) from error


def write_sheet(sheet: Sheet, added: list[str], columns: dict[int, list[str]]) -> bytes:
    """The file again with columns added at the end; `columns` by row number.

    Cells that a spreadsheet would run as formulas are made text.
    """
    form = sheet.form
    width = max([len(sheet.header), *(len(cells) for _, cells in sheet.rows)])
    blank = [""] * len(added)
    lines = [
        *sheet.above,
        padded(sheet.header, width) + added,
        *(padded(cells, width) + columns.get(number, blank) for number, cells in sheet.rows),
    ]
    guarded = ([guard(cell) for cell in line] for line in lines)
    if form.quoted:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=form.separator, lineterminator=form.newline).writerows(guarded)
        text = out.getvalue()
    else:
        text = "".join(form.separator.join(line) + form.newline for line in guarded)
    return text.encode(form.encoding, errors="replace")


def padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def guard(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
