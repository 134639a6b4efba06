import json
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.byte_rows import rows_of
from domain.standards.cmac import CHUNK, AesCmac

NIST = json.loads((Path(__file__).parent.parent / "vectors" / "cmac_nist.json").read_text())
KEY = bytes(range(32))


@pytest.mark.parametrize("sample", NIST["macs"], ids=lambda sample: sample["mac"])
def test_nist_macs_come_out_singly_and_by_the_array(sample):
    cmac = AesCmac(bytes.fromhex(sample["key"]))
    message = bytes.fromhex(NIST["message"])[: sample["size"]]
    expected = bytes.fromhex(sample["mac"])

    assert cmac.mac(message) == expected
    for cut in range(0, len(message) + 1, 8):
        rows = np.vstack([np.frombuffer(message[cut:], np.uint8)] * 2)
        assert cmac.mac_many(message[:cut], rows).tobytes() == expected * 2


@given(
    before=st.binary(max_size=50),
    rows=st.integers(0, 40).flatmap(
        lambda width: st.lists(st.binary(min_size=width, max_size=width), min_size=1, max_size=3)
    ),
    after=st.binary(max_size=40),
)
def test_macs_by_the_array_are_those_of_the_single_messages(before, rows, after):
    cmac = AesCmac(KEY)
    matrix = np.array([list(row) for row in rows], np.uint8).reshape(len(rows), len(rows[0]))
    expected = b"".join(cmac.mac(before + row + after) for row in rows)
    assert cmac.mac_many(before, matrix, after).tobytes() == expected


def test_arrays_longer_than_a_chunk_are_done_in_order():
    cmac = AesCmac(KEY)
    count = 2 * CHUNK + 1
    rows = np.arange(count, dtype=">u4").view(np.uint8).reshape(count, 4)
    macs = cmac.mac_many(b"before", rows)
    for number in (0, CHUNK - 1, CHUNK, count - 1):
        assert macs[number].tobytes() == cmac.mac(b"before" + number.to_bytes(4, "big"))


def test_no_rows_have_no_macs():
    cmac = AesCmac(KEY)
    assert cmac.mac_many(b"before", np.empty((0, 5), np.uint8)).shape == (0, 16)


def test_the_published_derivation_comes_out_block_by_block():
    sample = {name: bytes.fromhex(text) for name, text in NIST["derivation"].items()}
    cmac = AesCmac(sample["key"])
    blocks = len(sample["derived"]) // 16
    derived = b"".join(
        cmac.mac(i.to_bytes(4, "big") + sample["fixed"]) for i in range(1, blocks + 1)
    )
    assert derived == sample["derived"]


@given(
    label=st.binary(max_size=20),
    context=st.binary(max_size=60),
    size=st.integers(1, 70),
    start=st.integers(0, 60),
    width=st.integers(0, 60),
)
def test_keys_derived_singly_and_by_the_array_are_those_of_another_implementation(
    label, context, size, start, width
):
    oracle = KBKDFCMAC(
        algorithm=algorithms.AES,
        mode=Mode.CounterMode,
        length=size,
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=label,
        context=context,
        fixed=None,
    )
    expected = oracle.derive(KEY)
    cmac = AesCmac(KEY)
    before, row, after = context[:start], context[start:][:width], context[start:][width:]

    assert cmac.derive(label, context, size) == expected
    rows = np.frombuffer(row, np.uint8).reshape(1, -1)
    assert cmac.derive_many(label, before, rows, after, size).tobytes() == expected


def test_rows_may_be_columns_of_wider_rows():
    cmac = AesCmac(KEY)
    wide = rows_of(bytes(range(120)), 40)
    assert (cmac.mac_many(b"", wide[:, 3:20]) == cmac.mac_many(b"", wide[:, 3:20].copy())).all()
