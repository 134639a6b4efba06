"""What keyboards of the Union type for the keys of a US keyboard.

A scanner that plays keyboard presses US keys; the computer turns them into letters of whatever
layout is active. The tables follow the xkeyboard-config data set; where Windows differs and the
difference is free of conflict, it is an alias.
"""

# ruff: noqa: RUF001 (letters that look alike are the point of these tables)

from collections.abc import Mapping
from dataclasses import dataclass

from domain.standards.alphabets import Alphabet

# Key by key from the top left, one line plain, one with Shift.
# fmt: off
US_KEYS = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
)

RUSSIAN = (
    "ё1234567890-=йцукенгшщзхъ\\фывапролджэячсмитьбю."
    'Ё!"№;%:?*()_+ЙЦУКЕНГШЩЗХЪ/ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,'
)
BELARUSIAN = RUSSIAN.translate(str.maketrans("щЩъЪиИ", "ўЎ''іІ"))
KAZAKH = (
    '("әіңғ,.үұқөһйцукенгшщзхъ\\фывапролджэячсмитьбю№'
    ")!ӘІҢҒ;:ҮҰҚӨҺЙЦУКЕНГШЩЗХЪ/ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ?"
)
KYRGYZ = (
    "ё1234567890өңйцукенгшщзхъүфывапролджэячсмитьбю."
    'Ё!"№;%:?*()ӨҢЙЦУКЕНГШЩЗХЪҮФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,'
)
ARMENIAN = (
    "՝ֆձ֊,։՞․՛)օէղճփբսմուկըթծց»ջվգեանիտհպրժդչյզլքխշռ"
    "՜ՖՁ—$…%և՚(ՕԷՂՃՓԲՍՄՈՒԿԸԹԾՑ«ՋՎԳԵԱՆԻՏՀՊՐԺԴՉՅԶԼՔԽՇՌ"
)
ARMENIAN_EASTERN = (
    "՝։ձյ՛,-.«»օռժխւէրտեըիոպչջ'ասդֆգհճկլթփզցքվբնմշղծ"
    "՜1ՁՅ349և()ՕՌԺԽՒԷՐՏԵԸԻՈՊՉՋ՞ԱՍԴՖԳՀՃԿԼԹՓԶՑՔՎԲՆՄՇՂԾ"
)
ARMENIAN_EASTERN_WINDOWS = ARMENIAN_EASTERN.translate(str.maketrans("գքԳՔ", "քգՔԳ"))
ARMENIAN_WESTERN = (
    "՝։ձյ՛,-.«»օռժխվէրդեըիոբչջ'աստֆկհճքլթփզցգւպնմշղծ"
    "՜1ՁՅ349և()ՕՌԺԽՎԷՐԴԵԸԻՈԲՉՋ՞ԱՍՏՖԿՀՃՔԼԹՓԶՑԳՒՊՆՄՇՂԾ"
)
# fmt: on

# Separators and blanks that no key of a layout makes reach the screen as they are sent. So do
# the digits of 029, which some scanners press on the numeric pad for a separator; no others,
# or a Kazakh keyboard could have typed what a Kyrgyz one did.
AS_SENT = "\x1d\u241d\u00e8 \r\n\t029"
CODE_CHARACTERS = frozenset(Alphabet.SET_82.characters)


@dataclass(frozen=True, slots=True)
class KeyboardLayout:
    """A layout by name, with what it types for each of `US_KEYS`."""

    name: str
    typed: str
    us_key_of: Mapping[int, str]

    def type(self, text: str) -> str:
        """Show what a scanner that sends `text` leaves on the screen."""
        return text.translate(dict(zip(map(ord, US_KEYS), self.typed, strict=True)))

    def retype(self, text: str) -> str | None:
        """Give what the scanner sent, or None if this layout cannot have typed that."""
        if any(ord(character) not in self.us_key_of for character in text):
            return None
        return text.translate(self.us_key_of)


def _layout(name: str, typed: str, aliases: str = "") -> KeyboardLayout:
    """Turn the table round; `aliases` is pairs of a character and its US key."""
    us_key_of: dict[int, str] = {}
    for key, character in zip(US_KEYS, typed, strict=True):
        us_key_of.setdefault(ord(character), key)
    for character, key in zip(aliases[::2], aliases[1::2], strict=True):
        us_key_of.setdefault(ord(character), key)
    for character in AS_SENT:
        # Armenian types 9 for a key that no code needs: there the 9 is the pad's.
        if us_key_of.get(ord(character)) not in CODE_CHARACTERS:
            us_key_of[ord(character)] = character
    return KeyboardLayout(name, typed, us_key_of)


LAYOUTS = (
    _layout("russian", RUSSIAN),
    _layout("belarusian", BELARUSIAN),
    _layout("kazakh", KAZAKH),
    _layout("kyrgyz", KYRGYZ),
    _layout("armenian", ARMENIAN),
    _layout("armenian-eastern", ARMENIAN_EASTERN, aliases=":1"),
    _layout("armenian-eastern-windows", ARMENIAN_EASTERN_WINDOWS, aliases=":1"),
    _layout("armenian-western", ARMENIAN_WESTERN, aliases=":1"),
)


def _other_case() -> dict[int, str]:
    letters = {character for layout in LAYOUTS for character in layout.typed + US_KEYS}
    swapped = {character: character.swapcase() for character in letters}
    # The Armenian ligature of yech and vyun has no capital of its own.
    return {ord(one): other for one, other in swapped.items() if len(other) == 1}


OTHER_CASE = _other_case()


def caps_lock(text: str) -> str:
    """Show the text as Caps Lock changes it: twice is nothing."""
    return text.translate(OTHER_CASE)
