"""Numbers turned back into identification codes, one by one or by the array."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.keys.keyring import Keyring
from domain.standards import byte_rows

Integers = npt.NDArray[np.int64]
Place = tuple[int, int]  # series, number
Own = Mapping[Place, str]  # registered serials


class FormOfSeries(NamedTuple):
    """How a series' serials come about; no serial length: they are registered one by one."""

    series_id: int
    gtin: str
    serial_length: int | None
    first_character: str | None
    alphabet: str | None


class Naming:
    """The codes of numbers of these series."""

    def __init__(self, forms: Iterable[FormOfSeries], keyring: Keyring) -> None:
        self.forms = {form.series_id: form for form in forms}
        self.keyring = keyring

    def registered(self, series_id: int) -> bool:
        """Whether the serials of this series are looked up instead of computed."""
        return self.forms[series_id].serial_length is None

    def code(self, place: Place, own: Own) -> str:
        """The identification code of one number."""
        series_id, number = place
        form = self.forms[series_id]
        if form.serial_length is None or form.alphabet is None:
            return f"01{form.gtin}21{own[place]}"
        cipher = self.keyring.cipher(
            form.gtin, form.serial_length, form.first_character, form.alphabet
        )
        return f"01{form.gtin}21{cipher.serial(number)}"

    def lines(self, series_id: int, numbers: Integers) -> npt.NDArray[np.uint8]:
        """The identification codes of numbers of a computed series, each in a row with LF."""
        form = self.forms[series_id]
        if form.serial_length is None or form.alphabet is None:
            raise ValueError(form)
        cipher = self.keyring.cipher(
            form.gtin, form.serial_length, form.first_character, form.alphabet
        )
        head = f"01{form.gtin}21".encode("ascii")
        rows = byte_rows.repeat(head + bytes(form.serial_length) + b"\n", len(numbers))
        rows[:, len(head) : -1] = cipher.serials_of(numbers)
        return rows
