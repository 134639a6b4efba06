"""Documents: numbered, not of tomorrow, and issued by somebody who can exist."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from domain.catalogue.documents import Document, DocumentKind, check_document
from domain.errors_of_custody import DocumentDateInFuture, DocumentIncomplete, TaxIdMalformed
from domain.standards.member_state import MemberState

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MINSK, ALMATY = "190239501", "100000020006"


def note(**changes):
    told = {"kind": DocumentKind.CONSIGNMENT_NOTE, "number": "17", "date": date(2026, 11, 22)}
    return Document(**(told | changes))


@pytest.mark.parametrize(
    "document",
    [
        note(),
        note(date=date(1999, 1, 1)),
        note(kind=DocumentKind.OTHER, name="Memo"),
        note(issuer_tax_id=MINSK),
        note(issuer_tax_id=ALMATY),
    ],
)
def test_a_document_that_is_whole_is_not_refused(document):
    check_document(document, NOW, [MemberState.BY, MemberState.KZ])


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"number": ""}, ("number",)),
        ({"number": "  "}, ("number",)),
        ({"kind": DocumentKind.OTHER}, ("name",)),
        ({"kind": DocumentKind.OTHER, "number": "", "name": " "}, ("number", "name")),
    ],
)
def test_a_document_without_number_or_name_is_refused(changes, missing):
    with pytest.raises(DocumentIncomplete) as refusal:
        check_document(note(**changes), NOW)

    assert refusal.value.missing == missing


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        (NOW, date(2026, 11, 22)),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), date(2026, 11, 23)),  # tomorrow in Kamchatka
        (datetime(2026, 11, 22, 1, 0, tzinfo=timezone(timedelta(hours=12))), date(2026, 11, 22)),
    ],
)
def test_a_document_of_tomorrow_is_refused_wherever_in_the_union_it_is_tomorrow(now, latest):
    check_document(note(date=latest), now)

    with pytest.raises(DocumentDateInFuture) as refusal:
        check_document(note(date=latest + timedelta(days=1)), now)

    assert refusal.value.latest == str(latest)


@pytest.mark.parametrize("tax_id", ["", "1", "190239502", "7707083893", MINSK + " "])
def test_a_tax_id_of_neither_state_is_refused(tax_id):
    with pytest.raises(TaxIdMalformed) as refusal:
        check_document(note(issuer_tax_id=tax_id), NOW, [MemberState.KZ, MemberState.BY])

    assert refusal.value.member_states == ("BY", "KZ")


def test_a_tax_id_may_come_from_any_member_state_where_none_is_named():
    check_document(note(issuer_tax_id="7707083893"), NOW)
