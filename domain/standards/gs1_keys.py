"""GS1 identification keys: GTIN, SSCC and GLN, each guarded by a check digit."""

WEIGHTS = (3, 1) * 9
GTIN_LENGTHS = (8, 12, 13, 14)
SSCC_LENGTH = 18
GLN_LENGTH = 13


class InvalidKey(ValueError):
    """The text is not a GS1 identification key."""


class InvalidGtin(InvalidKey):
    """The text is not a GTIN."""


class InvalidSscc(InvalidKey):
    """The text is not an SSCC."""


class InvalidGln(InvalidKey):
    """The text is not a GLN."""


def check_digit(digits: str) -> str:
    """Give the check digit of a key written without it (GS1 General Specifications, 7.9.1)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(reversed(digits), WEIGHTS, strict=False)
    )
    return str(-total % 10)


def gtin(text: str) -> str:
    """Give a GTIN-8, -12, -13 or -14 as the 14 digits it is stored in."""
    _check(text, "GTIN", GTIN_LENGTHS, InvalidGtin)
    return text.zfill(14)


def sscc(text: str) -> str:
    """Give the SSCC, if the text is one."""
    _check(text, "SSCC", (SSCC_LENGTH,), InvalidSscc)
    return text


def gln(text: str) -> str:
    """Give the GLN, if the text is one."""
    _check(text, "GLN", (GLN_LENGTH,), InvalidGln)
    return text


def _check(text: str, name: str, lengths: tuple[int, ...], refusal: type[InvalidKey]) -> None:
    for position, character in enumerate(text, start=1):
        if character not in "0123456789":
            message = f"{name} is digits only; character {position} is {character!r}."
            raise refusal(message)

    if len(text) not in lengths:
        *others, longest = map(str, lengths)
        wanted = f"{', '.join(others)} or {longest}" if others else longest
        message = f"{name} has {wanted} digits; this has {len(text)}."
        raise refusal(message)

    expected = check_digit(text[:-1])
    if text[-1] != expected:
        message = f"{name} {text} has check digit {text[-1]}; expected {expected}."
        raise refusal(message)
