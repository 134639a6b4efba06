"""Who acts: what the rules need to know of the participant behind a request."""

from dataclasses import dataclass
from uuid import UUID

from domain.standards.member_state import MemberState
from domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """The participant behind a request; `id` is the registry's own short number.

    Who is suspended may read, and change nothing.
    """

    id: int
    uuid: UUID
    name: str
    member_state: MemberState
    roles: frozenset[Role]
    suspended: bool = False
