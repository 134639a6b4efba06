"""Nothing in `labels/` steps into a trap that was met before, and each trap is noticed if it does."""

import pytest

from tests.house.sources import Source, program
from tests.labels.traps import TRAPS

LABELS = [source for source in program() if source.path.startswith("labels/")]

# (the trap, where it is planted, what is planted)
PLANTED = [
    ("separator_taken_for_space", "labels/reading.py", "code.strip()"),
    ("separator_taken_for_space", "labels/press.py", "codes.split()"),
    ("separator_taken_for_space", "labels/output/rows.py", "text.splitlines()"),
    ("separator_taken_for_space", "labels/layouts/composing.py", "text.split(None, 1)"),
    ("separator_taken_for_space", "labels/symbols/contents.py", r"re.compile(r'01(\d{14})\s')"),
    (
        "encoder_trusted",
        "labels/symbols/data_matrix.py",
        "zxingcpp.create_barcode(code.encode(), DataMatrix, gs1=True)",
    ),
    ("encoder_trusted", "labels/output/png.py", "zxingcpp.write_barcode(QRCode, uri)"),
    ("brackets_as_data", "labels/symbols/data_matrix.py", "f'({ai}){value}'"),
    ("brackets_as_data", "labels/symbols/linear.py", "'(00)' + code"),
    ("brackets_as_data", "labels/symbols/data_matrix.py", "f'(01){gtin}(21){serial}'"),
    ("bars_by_a_writer", "labels/symbols/linear.py", "from barcode.writer import SVGWriter"),
    ("bars_by_a_writer", "labels/symbols/linear.py", "import barcode"),
    ("bars_by_a_writer", "labels/symbols/linear.py", "Gs1_128(code).save('sscc')"),
    ("bars_by_a_writer", "labels/symbols/linear.py", "EuropeanArticleNumber13(gtin).render()"),
    ("bars_by_a_writer", "labels/output/zpl.py", "from barcode.codex import Gs1_128"),
    ("separators_dropped", "labels/reading.py", "from pylibdmtx.pylibdmtx import decode"),
    ("separators_dropped", "labels/reading.py", "import arbez_dmtx"),
    ("reader_cut_short", "labels/reading.py", "read_barcodes(image, try_rotate=False)"),
    ("reader_cut_short", "labels/reading.py", "read_barcode(image, is_pure=True)"),
    ("escape_left_to_the_printer", "labels/output/zpl.py", "f'^BXN,{k},200^FD_1{data}^FS'"),
    ("escape_left_to_the_printer", "labels/output/zpl.py", "f'^BXN,{k},200,,,6,_,1^FD{data}^FS'"),
    ("escape_left_to_the_printer", "labels/output/zpl.py", "f'^BXN,{k},200,,,6,$,2^FD{data}^FS'"),
    ("escape_left_to_the_printer", "labels/output/tspl.py", "f'DMATRIX {x},{y},9,9,x4,\"~1\"'"),
]
# What looks alike and is in order.
ALLOWED = [
    ("separator_taken_for_space", "labels/reading.py", "code.split(GS)"),
    ("separator_taken_for_space", "labels/text/typesetting.py", "words.split()"),
    ("encoder_trusted", "labels/reading.py", "zxingcpp.read_barcode(image)"),
    ("brackets_as_data", "labels/symbols/hri.py", "f'(01){gtin}'"),
    ("brackets_as_data", "labels/symbols/data_matrix.py", "f'[{ai}]{value}'"),
    ("bars_by_a_writer", "labels/symbols/linear.py", "from barcode.codex import Gs1_128"),
    ("bars_by_a_writer", "labels/output/png.py", "image.save(out)"),
    ("separators_dropped", "labels/reading.py", "import zxingcpp"),
    ("reader_cut_short", "labels/reading.py", "read_barcodes(image, try_invert=False)"),
    ("reader_cut_short", "labels/symbols/proof.py", "read_barcode(image, is_pure=True)"),
    ("escape_left_to_the_printer", "labels/output/zpl.py", "f'^BXN,{k},200,,,6,$,1^FD{data}^FS'"),
    ("escape_left_to_the_printer", "labels/output/zpl.py", "f'^BXN,{k},200,,,6,{E},1^FD{data}^FS'"),
    ("escape_left_to_the_printer", "labels/output/tspl.py", "f'DMATRIX {x},{y},9,9,c126,x4,'"),
]
BY_NAME = {trap.__name__: trap for trap in TRAPS}


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
def test_labels_keep_clear_of_the_trap(trap):
    assert [told for source in LABELS for told in trap(source)] == []


@pytest.mark.parametrize(("trap", "path", "text"), PLANTED)
def test_who_steps_into_a_trap_is_noticed(trap, path, text):
    assert list(BY_NAME[trap](Source(path, text)))


@pytest.mark.parametrize(("trap", "path", "text"), ALLOWED)
def test_who_walks_past_is_left_alone(trap, path, text):
    assert list(BY_NAME[trap](Source(path, text))) == []


def test_every_trap_was_stepped_into_once():
    assert {trap for trap, _, _ in PLANTED} == set(BY_NAME)


def test_there_are_labels_to_look_at():
    assert len(LABELS) > 20
