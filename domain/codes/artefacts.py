"""What scanners, drivers and programs make of the separator, and put around a code."""

import re

from domain.standards.element_string import GS

# Written forms that no element can contain, because each has a character outside GS1 set 82.
# The Belarusian layout types one apostrophe for both ] and }, hence {GS].
OUTSIDE_SET_82 = (
    GS,
    r"[\[{](?:GS|FNC1)[\]}]",
    r"\\{1,2}u001[dD]",
    r"\\{1,2}x1[dD]",
    r"&#29;",
    r"&#[xX]1[dD];",
    r"\^\]",
    "\u241d",  # the sign that shows GS
    "[\u00e8\u0438\ufffd]",  # codeword 232, as Latin-1, as Windows-1251, as broken UTF-8
    "[ \u00a0]",
)
# Written forms that an element could contain: their place decides.
INSIDE_SET_82 = ("<GS>", "<FNC1>", "<fcn>", "%1[dD]", "029", "29")

SURE_SEPARATOR = f"(?:{'|'.join(OUTSIDE_SET_82)})"
SEPARATOR = f"(?:{'|'.join((*OUTSIDE_SET_82, *INSIDE_SET_82))})"
WRITTEN_SEPARATOR = re.compile(f"{SURE_SEPARATOR}|<GS>|<FNC1>|<fcn>|%1[dD]")
NOT_SPACE = rf"(?:(?![ \u00a0]){SURE_SEPARATOR})"

# Bounded, here and wherever blanks may repeat: an endless run of them must not keep us busy.
BLANKS = "[ \\t\\r\\n\u00a0\u200b\ufeff]{0,8}"
SPACES = " {0,2}"
AIM_PREFIX = r"\][A-Za-z][0-9A-Za-z]"  # ISO/IEC 15424
BEFORE = rf"(?P<blank>{BLANKS})(?P<aim>{AIM_PREFIX})?{BLANKS}"
BEFORE_AI = f"{BEFORE}(?P<lead>{SEPARATOR})?{BLANKS}"
BEFORE_DIGITS = f"{BEFORE}(?P<lead>{SURE_SEPARATOR})?{BLANKS}"  # 029 could be the GTIN's own
AFTER = rf"(?P<trail>{NOT_SPACE})?(?P<end>{BLANKS})"

SPELLINGS = {
    None: "gs-lost",
    "": "gs-lost",
    " ": "gs-as-space",
    "\u00a0": "gs-as-space",
    "\u241d": "gs-as-sign",
    "\u00e8": "gs-as-e8",
    "\u0438": "gs-as-e8",
    "\ufffd": "gs-as-e8",
    "029": "gs-as-029",
    "29": "gs-as-29",
}


def spelling(separator: str | None) -> str | None:
    """Name what became of a separator; None if it is as it should be."""
    return None if separator == GS else SPELLINGS.get(separator, "gs-as-text")


def around(match: re.Match[str]) -> tuple[str, ...]:
    """Name what stood before and after a code."""
    return tuple(
        slug
        for slug, group in (
            ("whitespace", match["blank"] or match["end"]),
            ("aim-prefix", match["aim"]),
            ("gs-leading", match["lead"]),
            ("gs-trailing", match["trail"]),
        )
        if group
    )
