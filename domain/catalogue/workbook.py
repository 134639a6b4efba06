"""The first visible sheet of an XLSX workbook (ECMA-376), read as a stream.

A workbook from outside is hostile until shown otherwise: a few hundred bytes can declare a cell
at the far corner of the sheet, or unpack to gigabytes. So the archive's directory is judged before
anything is unpacked, nothing is unpacked beyond what the directory promises, rows are read one by
one and only cells that exist take memory, and XML that declares entities is refused.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from xml.parsers import expat

from domain.errors import FileTooLarge, FileUnreadable

CHUNK = 1 << 16
SMALL_ENTRY = 1 << 20  # below this a high ratio is harmless: short XML repeats itself
HIGHEST_RATIO = 200
LONGEST_NUMBER = 18
MOST_ENTRIES = 2_000
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
WHOLE_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]*))?(?:[eE]\+?([0-9]{1,2}))?")


@dataclass(slots=True)
class Element:
    """An XML element with what was read inside it so far."""

    attributes: dict[str, str]
    pieces: list[str]

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def get(self, name: str) -> str:
        """An attribute, by its name without prefix."""
        if name in self.attributes:
            return self.attributes[name]
        return next((text for key, text in self.attributes.items() if local(key) == name), "")


def read_workbook(
    body: bytes, *, unpacked_limit: int, columns_limit: int
) -> Iterator[tuple[int, list[str]]]:
    """The rows that the first visible sheet has, as (row number from 1, cells as text).

    Raises FileUnreadable where this is no such workbook, FileTooLarge where it unpacks to more
    than `unpacked_limit` bytes or is wider than `columns_limit`.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            judge(archive, unpacked_limit)
            book = sheet_path(archive)
            strings = shared_strings(archive, book)
            yield from sheet_rows(archive, book.sheet, strings, columns_limit)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileUnreadable(f"it is not a complete XLSX workbook ({error})") from error
    except (zlib.error, expat.ExpatError, ValueError, IndexError) as error:
        raise FileUnreadable(f"the workbook's content is damaged ({error})") from error


def judge(archive: zipfile.ZipFile, limit: int) -> None:
    """Refuse by the directory alone, before anything is unpacked."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise FileTooLarge("entries", MOST_ENTRIES)
    if sum(entry.file_size for entry in entries) > limit:
        raise FileTooLarge("unpacked bytes", limit)
    for entry in entries:
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise FileUnreadable("the workbook is packed in an unusual way")
        if entry.file_size > max(SMALL_ENTRY, entry.compress_size * HIGHEST_RATIO):
            raise FileTooLarge("times its packed size", HIGHEST_RATIO)


@dataclass(frozen=True)
class Book:
    sheet: str
    strings: str | None


def sheet_path(archive: zipfile.ZipFile) -> Book:
    """Where in the archive the first visible sheet and the shared strings are."""
    book = "xl/workbook.xml"
    for relation in relations(archive, "_rels/.rels", ""):
        if relation[0].endswith("/officeDocument"):
            book = relation[2]
    folder, name = posixpath.split(book)
    found = relations(archive, f"{folder}/_rels/{name}.rels", folder)
    paths = {identifier: path for _, identifier, path in found}
    visible = [
        element.get("id")
        for tag, element in elements(archive, book, {"sheet"})
        if tag == "sheet" and element.get("state") in {"", "visible"}
    ]
    strings = [path for kind, _, path in found if kind.endswith("/sharedStrings")]
    return Book(paths[visible[0]], strings[0] if strings else None)


def relations(archive: zipfile.ZipFile, path: str, folder: str) -> list[tuple[str, str, str]]:
    """(type, id, path in the archive) of each relationship."""
    return [
        (
            element.get("Type"),
            element.get("Id"),
            posixpath.normpath(posixpath.join("/", folder, element.get("Target"))).lstrip("/"),
        )
        for _, element in elements(archive, path, {"Relationship"})
    ]


def shared_strings(archive: zipfile.ZipFile, book: Book) -> list[str]:
    if book.strings is None:
        return []
    strings: list[str] = []
    pieces: list[str] = []
    for tag, element in elements(archive, book.strings, {"si", "t", "rPh"}):
        if tag == "t":
            pieces.append(element.text)
        elif tag == "rPh":  # how a Japanese word is pronounced: the last piece was no text
            pieces.pop()
        else:
            strings.append(unescaped("".join(pieces)))
            pieces = []
    return strings


def sheet_rows(
    archive: zipfile.ZipFile, path: str, strings: list[str], columns_limit: int
) -> Iterator[tuple[int, list[str]]]:
    given = 0
    row: list[str] = []
    pieces: list[str] = []
    for tag, element in elements(archive, path, {"row", "c", "v", "t"}):
        if tag in {"v", "t"}:
            pieces += element.pieces
        elif tag == "c":
            column = column_of(element.get("r"), len(row))
            if column >= columns_limit:
                raise FileTooLarge("columns", columns_limit)
            row.extend([""] * (column - len(row)))
            row.append(cell(element.get("t"), "".join(pieces), strings))
            pieces = []
        else:
            number = int(element.get("r") or given + 1)
            if number <= given:
                raise ValueError("rows out of order")
            yield number, row
            given, row = number, []


def column_of(reference: str, otherwise: int) -> int:
    """The column of "AB12", counted from 0."""
    letters = reference.rstrip("0123456789")
    column = number_of(letters[:4]) if letters else otherwise
    if column < otherwise:
        raise ValueError("cells out of order")
    return column


@lru_cache(maxsize=1_000)
def number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def cell(kind: str, value: str, strings: list[str]) -> str:
    if kind == "s":
        return strings[int(value)] if value else ""
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind in {"", "n"}:
        return plain_number(value)
    return unescaped(value)


def plain_number(value: str) -> str:
    """A whole number without exponent and fraction (4.607E12, 4607.0); anything else as it is."""
    found = WHOLE_NUMBER.fullmatch(value)
    if found is None:
        return value
    fraction = (found[2] or "").rstrip("0")
    exponent = int(found[3] or 0)
    if len(fraction) > exponent or exponent > LONGEST_NUMBER:
        return value
    return (found[1] + fraction.ljust(exponent, "0")).lstrip("0") or "0"


def unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def elements(
    archive: zipfile.ZipFile, path: str, wanted: set[str]
) -> Iterator[tuple[str, Element]]:
    """The wanted elements as they end, by local name, with attributes and own text."""
    ended: list[tuple[str, Element]] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_doctype
    start, end, characters = handlers(wanted, ended.append)
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    with archive.open(path) as stream:
        more = True
        while more:
            chunk = stream.read(CHUNK)
            more = bool(chunk)
            parser.Parse(chunk, not more)
            yield from ended
            ended.clear()


def handlers(
    wanted: set[str], give: Callable[[tuple[str, Element]], None]
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None], Callable[[str], None]]:
    opened: list[Element] = []
    tags: dict[str, str] = {}  # qualified name -> local name, "" where it is not wanted

    def start(name: str, attributes: dict[str, str]) -> None:
        if name not in tags:
            tags[name] = local(name) if local(name) in wanted else ""
        if tags[name]:
            opened.append(Element(attributes, []))

    def characters(text: str) -> None:
        if opened:
            opened[-1].pieces.append(text)

    def end(name: str) -> None:
        if tags[name]:
            give((tags[name], opened.pop()))

    return start, end, characters


def local(name: str) -> str:
    return name.rpartition(":")[2]


def refuse_doctype(*_: object) -> None:
    raise FileUnreadable("its XML declares a document type")
