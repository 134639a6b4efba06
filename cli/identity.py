"""Under which id a change is asked for: a repeat under the same id is done once."""

import json
from uuid import UUID, uuid4, uuid5

from cli.client import Service
from cli.terminal import terminal

NAMES = UUID("5a3c6a0e-5b1d-4c53-9d7b-70c2c9a8a8b1")


def made_once(given: UUID | None) -> UUID:
    """The id given, or a new one."""
    found = given or uuid4()
    terminal().detail(f"id {found}")
    return found


def derived(service: Service, given: UUID | None, *said: object) -> UUID:
    """The id given, or one that follows from what is said and who says it.

    So the same file sent again is a repeat, and sent by somebody else, or for something else,
    another request.
    """
    if given is None:
        who = service.get("/whoami")["participant"]
        given = uuid5(NAMES, json.dumps([who, *said], sort_keys=True, default=str))
    return made_once(given)
