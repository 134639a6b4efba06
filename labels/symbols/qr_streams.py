"""The data codewords of many QR Codes at once: what `qr_segments` does to one text, for arrays.

A line is a text, a column a place in it; shorter texts end in NULs.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from labels.symbols import qr_segments as one

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]

INDICATOR = np.array(one.INDICATOR)
LONGEST_GROUP = max(one.GROUP)
FIELD_BITS = np.array([[*bits, 0, 0][:LONGEST_GROUP] for bits in one.FIELD_BITS])
CAPACITIES = np.array(one.CAPACITIES)
WORD = 32  # bits that are written at once; no field is longer, so that none needs more than two


def codewords(texts: Sequence[str]) -> Iterator[tuple[int, Counts, Bytes]]:
    """For each version that occurs: which texts have it, and their data codewords."""
    longest = max(map(len, texts))
    characters = np.array(texts, f"S{longest}").view(np.uint8).reshape(len(texts), longest)
    sizes, streams = _streams(characters, one.FEW)
    if (late := np.flatnonzero(sizes > CAPACITIES[one.LAST_OF_FEW])).size:
        sizes[late], streams_of_late = _streams(characters[late], one.MANY)
        streams = np.pad(streams, ((0, 0), (0, streams_of_late.shape[1])))
        streams[late, : streams_of_late.shape[1]] = streams_of_late
    versions = CAPACITIES.searchsorted(sizes)
    for version in np.unique(versions).tolist():
        places = np.flatnonzero(versions == version)
        yield version, places, _padded(streams[places], sizes[places], CAPACITIES[version])


def _padded(streams: Bytes, sizes: Counts, capacity: int) -> Bytes:
    """Up to four zeros, zeros to the end of the byte, and padding in turns."""
    used = -(-np.minimum(sizes + 4, capacity) // 8)
    after = np.arange(capacity // 8) - used[:, np.newaxis]
    data = np.pad(streams, ((0, 0), (0, capacity // 8)))[:, : capacity // 8]
    return np.where(after < 0, data, np.array(one.PADDING, np.uint8)[after % 2])


def _streams(characters: Bytes, count_bits: tuple[int, int, int]) -> tuple[Counts, Bytes]:
    """The bits of the cheapest segments of each text: how many, and packed.

    Every segment has a header before its first character, every group of its characters a field,
    which is thought to stand where the last of them does.
    """
    count, length = characters.shape
    modes = _modes(characters, count_bits)
    first, last = _segments(characters, modes)
    before, closing = _groups(modes, first, last)

    header_modes = modes.take(first)
    header_bits = 4 + np.array(count_bits).take(header_modes)
    headers = (INDICATOR.take(header_modes) << header_bits - 4) | last - first + 1
    field_bits = FIELD_BITS[modes.take(closing), before]
    fields = _values(characters, modes.take(closing), closing, before)

    bits = np.zeros(count * length, np.int64)
    bits[closing] = field_bits
    bits[first] += header_bits
    ends = bits.reshape(count, length).cumsum(axis=1)
    width = int(ends[:, -1].max()) // WORD + 2  # words of a line
    line_starts = np.repeat(np.arange(count) * width * WORD, length)
    begins = ends.ravel() - bits + line_starts
    words = np.zeros(count * width, np.uint32)
    _write(words, begins.take(first), headers, header_bits)
    _write(
        words,
        ends.ravel().take(closing) + line_starts.take(closing) - field_bits,
        fields,
        field_bits,
    )
    return ends[:, -1], words.astype(">u4").view(np.uint8).reshape(count, width * WORD // 8)


def _write(words: npt.NDArray[np.uint32], begins: Counts, values: Counts, bits: Counts) -> None:
    """Write each value in so many bits from this bit on, where nothing is written yet."""
    shifted = values << (2 * WORD - bits - begins % WORD)
    places = begins // WORD
    np.add.at(words, places, (shifted >> WORD & 0xFFFFFFFF).astype(np.uint32))
    np.add.at(words, places + 1, (shifted & 0xFFFFFFFF).astype(np.uint32))


def _modes(characters: Bytes, count_bits: tuple[int, int, int]) -> Bytes:
    """The mode of every character, by the same steps as for one text."""
    count, length = characters.shape
    headers = one.SIXTHS * (4 + np.array(count_bits, np.int32)[:, np.newaxis])
    costs = one.COSTS.take(characters.T, axis=1)
    begun = np.empty((length, 3, count), np.bool_)
    best = np.empty((length, count), np.uint8)
    opened = np.full((3, count), one.TOO_MUCH, np.int32)
    closed = np.zeros(count, np.int32)
    for place in range(length):
        begin = closed + headers
        np.less(begin, opened, out=begun[place])
        np.minimum(begin, opened, out=opened)
        opened += costs[:, place]
        rounded = -(-opened // one.SIXTHS) * one.SIXTHS
        np.less(rounded[1], rounded[0], out=best[place], casting="unsafe")
        closed = np.minimum(rounded[0], rounded[1])
        best[place, rounded[2] < closed] = one.BYTES
        np.minimum(closed, rounded[2], out=closed)
    modes = np.empty((length, count), np.uint8)
    mode, every = best[-1], np.arange(count)
    for place in reversed(range(length)):
        modes[place] = mode
        mode = np.where(begun[place, mode, every], best[place - 1], mode)
    return np.ascontiguousarray(modes.T)


def _segments(characters: Bytes, modes: Bytes) -> tuple[Counts, Counts]:
    """Where segments begin and end, counted through all lines."""
    is_text = characters != 0
    changes = modes[:, 1:] != modes[:, :-1]
    begins, ends = is_text.copy(), is_text.copy()
    begins[:, 1:] &= changes
    ends[:, :-1] &= changes | ~is_text[:, 1:]
    return np.flatnonzero(begins), np.flatnonzero(ends)


def _groups(modes: Bytes, first: Counts, last: Counts) -> tuple[Counts, Counts]:
    """How many characters stand before the last one of each group, and where that one stands."""
    lengths = last - first + 1
    sizes = np.array(one.GROUP).take(modes.take(first))
    counts = -(-lengths // sizes)
    segment = np.repeat(np.arange(len(first)), counts)
    number = np.arange(len(segment)) - np.repeat(counts.cumsum() - counts, counts)
    offset = np.minimum((number + 1) * sizes.take(segment), lengths.take(segment)) - 1
    return offset - number * sizes.take(segment), first.take(segment) + offset


def _values(characters: Bytes, modes: Bytes, closing: Counts, before: Counts) -> Counts:
    """What the characters of each group count together; the last of them stands at `closing`."""
    flat = characters.ravel()
    values = one.VALUES[modes, flat.take(closing)].astype(np.int64)
    for distance in range(1, LONGEST_GROUP):
        those = np.flatnonzero(before >= distance)
        mode = modes.take(those)
        single = one.VALUES[mode, flat.take(closing.take(those) - distance)]
        values[those] += single * np.array(one.BASE).take(mode) ** distance
    return values
