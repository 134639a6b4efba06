"""Who may register participants and issue keys, who sees whom, and what an API key is."""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import (
    ExpiryPassed,
    KeyNotAccepted,
    NotTheirOperator,
    OtherMemberState,
    ParticipantIdentityFixed,
    ParticipantSuspended,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    ScopeMissing,
    SuspensionOfOneself,
)
from domain.participants.actor import Actor
from domain.standards import gs1_keys, member_state
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, Scope

# tmg_<key id>_<160 random bits>: the secret has full entropy, so one SHA-256 keeps it.
API_KEY = re.compile(r"tmg_([0-9a-f]{32})_([a-z2-7]{32})")
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
OVERSEERS = frozenset({Role.OPERATOR, Role.INSPECTOR})


class InvalidName(ValueError):
    """A name is one line of printable text."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is registered of a participant."""

    name: str
    member_state: MemberState
    tax_id: str
    gln: str | None
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What an API key is good for, and until when; None: for good."""

    scopes: frozenset[Scope]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A participant: its ids, its card, and since when."""

    id: int
    uuid: UUID
    card: Card
    recorded_at: datetime
    suspended_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        card = self.card
        suspended = self.suspended_at is not None
        return Actor(self.id, self.uuid, card.name, card.member_state, card.roles, suspended)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """An API key as its holder may see it: without the secret."""

    id: UUID
    terms: KeyTerms
    recorded_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An API key as the registry keeps it."""

    id: UUID
    holder: Actor
    terms: KeyTerms
    digest: bytes
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credential:
    """An accepted API key: who acts, and what the key is good for."""

    key: UUID
    actor: Actor
    terms: KeyTerms


def check_card(card: Card) -> None:
    """Raise the standard's ValueError where a name, tax id or GLN is not one."""
    name(card.name)
    member_state.tax_id(card.member_state, card.tax_id)
    if card.gln is not None:
        gs1_keys.gln(card.gln)


def name(text: str) -> str:
    """Give the name, if it is one line without marks that reverse what a reader sees."""
    hidden = any(unicodedata.category(character) in UNPRINTABLE for character in text)
    if hidden or not text.strip():
        raise InvalidName
    return text


def write_key(key: UUID, secret: str) -> str:
    return f"tmg_{key.hex}_{secret}"


def read_key(text: str) -> tuple[UUID, str]:
    """The key's id and its secret; refuses what is not an API key."""
    match = API_KEY.fullmatch(text)
    if match is None:
        raise KeyNotAccepted
    return UUID(match[1]), match[2]


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


NO_DIGEST = bytes(32)


def accept(stored: StoredKey | None, secret: str, now: datetime) -> Credential:
    """The credential behind a key; every refusal looks alike and costs alike."""
    matches = hmac.compare_digest(stored.digest if stored else NO_DIGEST, digest(secret))
    if stored is None or not matches or stored.revoked_at or is_over(stored.terms, now):
        raise KeyNotAccepted
    return Credential(stored.id, stored.holder, stored.terms)


def is_over(terms: KeyTerms, now: datetime) -> bool:
    return terms.expires_at is not None and terms.expires_at <= now


def require_scope(credential: Credential, scope: Scope) -> None:
    if scope not in credential.terms.scopes:
        raise ScopeMissing(scope.value)


def require_active(actor: Actor) -> None:
    """Who is suspended changes nothing, whatever its keys are good for."""
    if actor.suspended:
        raise ParticipantSuspended


def require_role(actor: Actor, role: Role) -> None:
    if role not in actor.roles:
        raise RoleMissing(role.value)


def check_registration(operator: Actor, card: Card) -> None:
    """Participants are registered by the operator of their member state."""
    require_role(operator, Role.OPERATOR)
    if operator.member_state is not card.member_state:
        raise OtherMemberState(card.member_state.value)


def check_suspension(operator: Actor, found: Registered) -> None:
    """Participants are suspended by an operator of their member state, other than themselves."""
    require_role(operator, Role.OPERATOR)
    if operator.member_state is not found.card.member_state:
        raise OtherMemberState(found.card.member_state.value)
    if operator.uuid == found.uuid:  # it could not take this back
        raise SuspensionOfOneself


def check_replacement(operator: Actor, found: Card, card: Card) -> None:
    """A card may be replaced, but for what others rely on: the member state and the tax id."""
    if found.member_state is not operator.member_state:
        raise RequestIdTaken
    if (found.member_state, found.tax_id) != (card.member_state, card.tax_id):
        raise ParticipantIdentityFixed


def governs(actor: Actor, participant: UUID, state: MemberState) -> bool:
    """Whether the actor is this participant, or the operator of its member state."""
    is_operator = Role.OPERATOR in actor.roles and actor.member_state is state
    return is_operator or actor.uuid == participant


def check_keys_of(actor: Actor, holder: Actor) -> None:
    """Keys are the business of their holder and of the operator of its member state."""
    if not governs(actor, holder.uuid, holder.member_state):
        raise NotTheirOperator


def check_new_key(terms: KeyTerms, now: datetime) -> None:
    if terms.expires_at is not None and is_over(terms, now):
        raise ExpiryPassed(terms.expires_at.isoformat())


def check_repeated_key(found: StoredKey | None, holder: Actor, terms: KeyTerms) -> None:
    """A key keeps the terms that it was issued under."""
    if found is None or found.holder.uuid != holder.uuid:
        raise RequestIdTaken
    if found.terms != terms:
        raise RequestIdReused


def sees_whole_card(actor: Actor, participant: UUID, state: MemberState) -> bool:
    """Operators and inspectors see the cards of their member state; others only their own."""
    oversees = bool(OVERSEERS & actor.roles) and actor.member_state is state
    return oversees or actor.uuid == participant
