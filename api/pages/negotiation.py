"""What a browser or a program would like best, out of its Accept headers."""

import re

QUALITY = re.compile(
    r"(?:^|;)[ \t]*q[ \t]*=[ \t]*([01](?:\.[0-9]{0,3})?)[ \t]*(?:;|$)", re.IGNORECASE
)
PAGE = frozenset({"text/html", "application/xhtml+xml", "text/*", "*/*"})
DATA = frozenset({"application/json", "application/*"})
NAMED_PAGE = frozenset({"text/html", "application/xhtml+xml"})


def preferred(header: str) -> list[str]:
    """What the header names, best first; of equals, wildcards come last."""
    weighed = []
    for place, part in enumerate(header.split(",")):
        name, _, parameters = part.partition(";")
        found = QUALITY.search(parameters)
        quality = float(found[1]) if found else 1.0
        name = name.strip(" \t").lower()
        if name and quality:
            weighed.append((-quality, "*" in name, place, name))
    return [name for *_, name in sorted(weighed)]


def wants_data(accept: str) -> bool:
    """Whether JSON is liked better than a page; who does not care gets the page."""
    for name in preferred(accept):
        if name in PAGE | DATA:
            return name in DATA
    return False


def wants_page(accept: str) -> bool:
    """Whether a page is asked for by name, as browsers do; who does not care gets JSON.

    So it is under addresses that were data before they had a page.
    """
    for name in preferred(accept):
        if name in NAMED_PAGE | DATA | {"*/*"}:
            return name in NAMED_PAGE
    return False
