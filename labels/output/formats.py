"""The forms in which labels leave, and which printers take them."""

from enum import StrEnum

from labels.printers.address import Dialect


class Format(StrEnum):
    """zpl draws symbols itself and prints alike on any Zebra; zpl-bx leaves them to the printer."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    ZPL = "zpl"
    ZPL_BX = "zpl-bx"
    TSPL = "tspl"
    EPL = "epl"
    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(self, "application/octet-stream")

    @property
    def suffix(self) -> str:
        """What a file's name ends with, dot included."""
        return SUFFIXES.get(self, f".{self}")

    @property
    def is_of_one_label(self) -> bool:
        """Whether a file holds a single label and no copies."""
        return self in {Format.PNG, Format.SVG}

    @property
    def dialect(self) -> Dialect | None:
        """The printers that it can be sent to; None if it is for none."""
        return DIALECTS.get(self)


# Printers' languages are no text: EPL and TSPL carry dots as they are.
MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.PNG: "image/png",
    Format.SVG: "image/svg+xml",
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
}
SUFFIXES = {Format.ZPL_BX: ".zpl"}
DIALECTS = {
    Format.ZPL: Dialect.ZPL,
    Format.ZPL_BX: Dialect.ZPL,
    Format.TSPL: Dialect.TSPL,
    Format.EPL: Dialect.EPL,
}
