"""The forms in which labels leave, and which printers take them."""

from enum import StrEnum

from labels.printers.address import Dialect


class Format(StrEnum):
    """zpl-bx leaves symbols to the printer, zpl-text and tspl-text letters as well.

    csv and jsonl are for other software that draws; all others are drawn here.
    """

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    ZPL = "zpl"
    ZPL_BX = "zpl-bx"
    ZPL_TEXT = "zpl-text"
    TSPL = "tspl"
    TSPL_TEXT = "tspl-text"
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
    def is_text(self) -> bool:
        """Whether printers draw all that differs from label to label, a Data Matrix alone."""
        return self in {Format.ZPL_TEXT, Format.TSPL_TEXT}

    @property
    def is_encoded_by_printers(self) -> bool:
        """Whether printers make the Data Matrix, which may be a size larger than ours."""
        return self in {Format.ZPL_BX, Format.ZPL_TEXT, Format.TSPL_TEXT}

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
SUFFIXES = {Format.ZPL_BX: ".zpl", Format.ZPL_TEXT: ".zpl", Format.TSPL_TEXT: ".tspl"}
DIALECTS = {
    Format.ZPL: Dialect.ZPL,
    Format.ZPL_BX: Dialect.ZPL,
    Format.ZPL_TEXT: Dialect.ZPL,
    Format.TSPL: Dialect.TSPL,
    Format.TSPL_TEXT: Dialect.TSPL,
    Format.EPL: Dialect.EPL,
}
