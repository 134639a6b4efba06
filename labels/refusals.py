"""Why a label or a picture is refused: each a `ValueError` with the facts to mend it.

The two at the end are no refusals but faults, which no caller can mend: a reader that finds
something else in a symbol than was put there, and a server without a font.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(eq=False)
class LabelRefused(ValueError):
    """The label cannot be made as asked."""

    slug: ClassVar[str] = ""
    advice: ClassVar[str] = ""

    @property
    def title(self) -> str:
        return (type(self).__doc__ or "").strip().split("\n")[0]

    @property
    def facts(self) -> dict[str, Any]:
        """What the caller needs to mend the request, by field name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.title} ({told})" if told else self.title


@dataclass(eq=False)
class ContentNotFitting(LabelRefused):
    """The text cannot stand in this kind of symbol."""

    slug = "symbol-content-not-fitting"
    advice = "Send the code exactly as it was issued, with its separators and no prefix."
    symbology: str
    reason: str


@dataclass(eq=False)
class ResolutionNotFitting(LabelRefused):
    """No whole number of this printer's dots makes a module of the size that the rules allow."""

    slug = "resolution-not-fitting"
    advice = "Give the printer's real resolution, for instance 203, 300 or 600 dpi."
    dpi: int
    smallest_mm: float
    largest_mm: float


@dataclass(eq=False)
class DoesNotFit(LabelRefused):
    """Something is larger than the place it has on the label."""

    slug = "label-does-not-fit"
    advice = "Choose a larger label, a finer printer, or leave the QR code out."
    what: str
    needed_mm: float
    available_mm: float
    layout: str
    dpi: int


@dataclass(eq=False)
class StartBeyondSheet(LabelRefused):
    """The sheet has no such position to start at."""

    slug = "start-beyond-sheet"
    advice = "Positions count from 1, along the rows from the top left."
    start: int
    positions: int


@dataclass(eq=False)
class LabelCountNotFitting(LabelRefused):
    """A call prints at least one label, and not more than the limit, copies included."""

    slug = "label-count-not-fitting"
    advice = "Print the batch in several runs."
    limit: int


@dataclass(eq=False)
class PictureRefused(LabelRefused):
    """The picture cannot be read."""

    slug = "picture-refused"
    advice = "Send a JPEG, PNG, WebP, BMP or GIF within the limits."
    reason: str
    limit: int | None = None


@dataclass(eq=False)
class UnknownLayout(LabelRefused):
    """There is no ready layout of this name."""

    slug = "unknown-label-layout"
    advice = "Choose one of the names in `known`, or send a layout of your own."
    layout: str
    known: tuple[str, ...]


@dataclass(eq=False)
class LayoutInvalid(LabelRefused):
    """The layout cannot be printed as it is written."""

    slug = "label-layout-invalid"
    advice = "Mend the field that is named, and check the layout again."
    field: str
    reason: str
    needed_mm: float | None = None
    available_mm: float | None = None


@dataclass(eq=False)
class PrinterUnreachable(LabelRefused):
    """The printer cannot be reached; nothing was sent to it."""

    slug = "printer-unreachable"
    advice = "See that it is switched on and in the network, then send again."
    reason: str


@dataclass(eq=False)
class PrinterStopped(LabelRefused):
    """The printer stopped before all labels were printed."""

    slug = "printer-stopped"
    advice = (
        "Mend what it says, clear its memory (switch it off and on), and send again: "
        "it goes on from the last confirmed label."
    )
    sent: int
    confirmed: int
    reason: str


@dataclass(eq=False)
class UnknownPrinter(LabelRefused):
    """The operator allows no printer of this name."""

    slug = "unknown-printer"
    advice = "Choose one of the names in `known`, or ask the operator to allow it."
    printer: str
    known: tuple[str, ...]


@dataclass(eq=False)
class PrinterBusy(LabelRefused):
    """The printer is being sent other labels."""

    slug = "printer-busy"
    advice = "Wait until it has printed them, or choose another printer."
    printer: str


@dataclass(eq=False)
class PrinterSpeaksAnother(LabelRefused):
    """The labels are not in the language of this printer."""

    slug = "printer-speaks-another-language"
    advice = "Order a print in the format that the printer's `dialect` names."
    printer: str
    dialect: str
    ordered: str


class SymbolMisread(RuntimeError):
    """A symbol read back from its own rendering is not what was asked for; nothing was released."""


class FontUnusable(RuntimeError):
    """No font on this machine writes the names of all five states, or the configured one does not.

    Mended by whoever runs the server: install DejaVu Sans, or configure another TrueType font.
    """
