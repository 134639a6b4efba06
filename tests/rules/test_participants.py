from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import (
    ExpiryPassed,
    KeyNotAccepted,
    NotTheirOperator,
    OtherMemberState,
    ParticipantIdentityFixed,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    ScopeMissing,
)
from domain.participants import rules
from domain.participants.actor import Actor
from domain.participants.rules import Card, Credential, InvalidName, KeyTerms, StoredKey
from domain.standards.gs1_keys import InvalidGln
from domain.standards.member_state import InvalidTaxId, MemberState
from domain.vocabulary import Role, Scope

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
CARD = Card("Завод", MemberState.BY, "190239501", "4810000000018", frozenset({Role.PARTICIPANT}))


def actor(state: MemberState = MemberState.BY, *roles: Role) -> Actor:
    return Actor(1, uuid4(), "Somebody", state, frozenset(roles or {Role.PARTICIPANT}))


def stored(
    expires_at: datetime | None = None, revoked_at: datetime | None = None, secret: str = LETTERS
) -> StoredKey:
    terms = KeyTerms(frozenset({Scope.READ}), expires_at)
    return StoredKey(uuid4(), actor(), terms, rules.digest(secret), revoked_at)


@given(st.uuids(), st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=32, max_size=32))
def test_what_is_written_as_a_key_is_read_as_that_key(key, secret):
    assert rules.read_key(rules.write_key(key, secret)) == (key, secret)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tmg_",
        f"tmg_{'0' * 32}_{'A' * 32}",
        f"tmg_{'0' * 31}_{'a' * 32}",
        f"tmg_{'0' * 32}_{'a' * 32}\n",
        f"tmg_{'0' * 32}_{'a' * 31}1",
        f"x{'0' * 32}_{'a' * 32}",
    ],
)
def test_what_is_no_key_is_not_accepted(text):
    with pytest.raises(KeyNotAccepted):
        rules.read_key(text)


def test_a_live_key_is_accepted_until_it_expires():
    key = stored(expires_at=NOW + timedelta(seconds=1))

    assert rules.accept(key, LETTERS, NOW) == Credential(key.id, key.holder, key.terms)
    assert rules.accept(stored(), LETTERS, NOW).terms.expires_at is None


@pytest.mark.parametrize(
    "key",
    [
        None,
        stored(expires_at=NOW),
        stored(revoked_at=NOW - timedelta(days=1)),
        stored(secret=LETTERS[::-1]),
    ],
    ids=["unknown", "expired", "revoked", "wrong secret"],
)
def test_keys_are_refused_alike_whatever_is_wrong(key):
    with pytest.raises(KeyNotAccepted) as refusal:
        rules.accept(key, LETTERS, NOW)

    assert refusal.value.facts == {}


def test_a_key_is_good_for_its_scopes_alone():
    credential = rules.accept(stored(), LETTERS, NOW)

    rules.require_scope(credential, Scope.READ)
    with pytest.raises(ScopeMissing) as refusal:
        rules.require_scope(credential, Scope.ADMIN)
    assert refusal.value.scope == "ADMIN"


def test_a_state_registers_its_own_participants_through_its_operator():
    rules.check_registration(actor(MemberState.BY, Role.OPERATOR), CARD)

    with pytest.raises(RoleMissing):
        rules.check_registration(actor(MemberState.BY, Role.INSPECTOR), CARD)
    with pytest.raises(OtherMemberState):
        rules.check_registration(actor(MemberState.KZ, Role.OPERATOR), CARD)


@pytest.mark.parametrize(
    ("found", "refusal"),
    [
        (Card("Кто", MemberState.KZ, "100000020006", None, CARD.roles), RequestIdTaken),
        (Card("Кто", MemberState.BY, "200166539", None, CARD.roles), ParticipantIdentityFixed),
    ],
)
def test_state_and_tax_id_stay_as_they_are(found, refusal):
    with pytest.raises(refusal):
        rules.check_replacement(actor(MemberState.BY, Role.OPERATOR), found, CARD)


def test_name_gln_and_roles_may_be_replaced():
    found = Card("Старое имя", MemberState.BY, CARD.tax_id, None, frozenset({Role.INSPECTOR}))

    rules.check_replacement(actor(MemberState.BY, Role.OPERATOR), found, CARD)


@pytest.mark.parametrize(
    ("asker", "may_change_keys", "sees_the_card"),
    [
        (actor(MemberState.BY, Role.OPERATOR), True, True),
        (actor(MemberState.BY, Role.INSPECTOR), False, True),
        (actor(MemberState.BY), False, False),
        (actor(MemberState.KZ, Role.OPERATOR, Role.INSPECTOR), False, False),
    ],
    ids=["operator", "inspector", "neighbour", "operator of another state"],
)
def test_who_may_do_what_with_somebody_else(asker, may_change_keys, sees_the_card):
    holder = actor(MemberState.BY)

    assert rules.governs(asker, holder.uuid, holder.member_state) is may_change_keys
    assert rules.sees_whole_card(asker, holder.uuid, holder.member_state) is sees_the_card


def test_everybody_governs_itself():
    holder = actor()

    rules.check_keys_of(holder, holder)
    assert rules.sees_whole_card(holder, holder.uuid, MemberState.KZ)
    with pytest.raises(NotTheirOperator):
        rules.check_keys_of(actor(), holder)


def test_a_new_key_expires_in_the_future_or_never():
    rules.check_new_key(KeyTerms(frozenset({Scope.READ}), None), NOW)
    rules.check_new_key(KeyTerms(frozenset({Scope.READ}), NOW + timedelta(seconds=1)), NOW)

    with pytest.raises(ExpiryPassed):
        rules.check_new_key(KeyTerms(frozenset({Scope.READ}), NOW), NOW)


def test_a_repeat_asks_for_the_same_key():
    found = stored()

    rules.check_repeated_key(found, found.holder, found.terms)
    with pytest.raises(RequestIdTaken):
        rules.check_repeated_key(found, actor(), found.terms)
    with pytest.raises(RequestIdReused):
        rules.check_repeated_key(found, found.holder, KeyTerms(frozenset(Scope), None))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"name": "  "}, InvalidName),
        ({"name": "a\x00b"}, InvalidName),
        ({"name": "a\u202eb"}, InvalidName),
        ({"tax_id": "190239502"}, InvalidTaxId),
        ({"gln": "4810000000017"}, InvalidGln),
    ],
)
def test_a_card_says_who_it_is(changed, refusal):
    rules.check_card(CARD)
    card = {name: getattr(CARD, name) for name in Card.__slots__}

    with pytest.raises(refusal):
        rules.check_card(Card(**card | changed))


def test_a_name_may_be_in_any_script_of_the_union():
    for name in ("Հայկական կաթ", "Беларускі ўсход", "Қазақ сүті", "Кыргыз сүтү", "Завод «Ёж» № 1"):
        assert rules.name(name) == name


def test_the_id_in_a_key_is_the_id_of_the_key():
    key, _ = rules.read_key(f"tmg_{'0' * 31}1_{LETTERS}")

    assert key == UUID(int=1)
