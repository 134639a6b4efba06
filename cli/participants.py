"""Participants and their API keys."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from cli.client import Service, with_key
from cli.identity import made_once
from cli.options import Group, Moment, request_id, without_nothing
from cli.terminal import terminal

STATES = ("AM", "BY", "KZ", "KG", "RU")
ROLES = ("PARTICIPANT", "OPERATOR", "INSPECTOR")
SCOPES = ("READ", "ISSUE", "REPORT", "ADMIN")
USUAL_SCOPES = ("READ", "ISSUE", "REPORT")


@click.group(cls=Group)
def participant() -> None:
    """Register participants, list, suspend and resume them."""


@participant.command()
@click.option("--name", required=True)
@click.option("--tax-id", required=True, help="Checked by the rule of the member state.")
@click.option(
    "--member-state", type=click.Choice(STATES, case_sensitive=False), help="Default: yours."
)
@click.option("--gln", help="13 digits.")
@click.option(
    "--role",
    "roles",
    type=click.Choice(ROLES, case_sensitive=False),
    multiple=True,
    default=("PARTICIPANT",),
    show_default=True,
)
@request_id
def add(  # noqa: PLR0913, PLR0917 - one argument an option
    name: str,
    tax_id: str,
    member_state: str | None,
    gln: str | None,
    roles: tuple[str, ...],
    given_id: UUID | None,
) -> None:
    """Register a participant of your member state, as its operator."""
    service = with_key()
    request = made_once(given_id)
    card = without_nothing(
        name=name,
        tax_id=tax_id,
        member_state=member_state or service.get("/whoami")["member_state"],
        gln=gln,
        roles=sorted(set(roles)),
    )
    found = service.put(f"/participants/{request}", card, id=request)
    terminal().answer(
        found,
        f"{found['name']} is registered in {found['member_state']} as {found['id']}.",
        f"→ tamga key issue {found['id']}",
        brief=found["id"],
    )


@participant.command("list")
def list_all() -> None:
    """List the participants that you may see."""
    service = with_key()
    found = list(pages(service, "/participants", "participants"))
    terminal().listing(
        found,
        ("id", "state", "tax id", "roles", "suspended", "name"),
        [
            (
                one["id"],
                one["member_state"],
                one["tax_id"],
                ", ".join(one["roles"]).lower(),
                one["suspended_at"],
                one["name"],
            )
            for one in found
        ],
    )


@participant.command()
@click.argument("participant", type=click.UUID)
@click.option("--reason", required=True, help="Kept with the suspension.")
@request_id
def suspend(participant: UUID, reason: str, given_id: UUID | None) -> None:
    """Suspend a participant of your member state: it may read, and change nothing."""
    request = made_once(given_id)
    path = f"/participants/{participant}/suspensions/{request}"
    found = with_key().put(path, {"reason": reason}, id=request)
    since = found["suspended_at"]
    terminal().answer(found, f"Participant {participant} is suspended since {since}.", brief=since)


@participant.command()
@click.argument("participant", type=click.UUID)
@click.option("--reason", help="Kept with the resumption.")
@request_id
def resume(participant: UUID, reason: str | None, given_id: UUID | None) -> None:
    """End the suspension of a participant of your member state."""
    request = made_once(given_id)
    path = f"/participants/{participant}/resumptions/{request}"
    found = with_key().put(path, without_nothing(reason=reason), id=request)
    terminal().answer(found, f"Participant {participant} is not suspended.")


def pages(service: Service, path: str, name: str, **asked: object) -> Iterator[dict[str, Any]]:
    """Everything in a list that comes in pages."""
    after = None
    while True:
        page = service.get(path, after=after, limit=1000, **asked)
        yield from page[name]
        after = page.get("next")
        if after is None:
            return


@click.group(cls=Group)
def key() -> None:
    """Issue API keys, list and revoke them."""


def whose(service: Service, named: UUID | None) -> str:
    """The participant named, or oneself."""
    return str(named or service.get("/whoami")["participant"])


@key.command()
@click.argument("participant", type=click.UUID, required=False)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES, case_sensitive=False),
    multiple=True,
    default=USUAL_SCOPES,
    show_default=True,
)
@click.option("--expires-at", type=Moment(), help="Default: never.")
@request_id
def issue(
    participant: UUID | None,
    scopes: tuple[str, ...],
    expires_at: datetime | None,
    given_id: UUID | None,
) -> None:
    """Issue an API key to a participant, or to yourself. It is shown this once."""
    service = with_key()
    holder = whose(service, participant)
    request = made_once(given_id)
    order = without_nothing(scopes=sorted(set(scopes)), expires_at=expires_at)
    found = service.put(f"/participants/{holder}/keys/{request}", order, id=request)
    if found["api_key"] is None:
        terminal().answer(
            found, f"Key {request} was issued before; its text is not kept.", "→ Issue another."
        )
        return
    terminal().answer(found, found["api_key"], brief=found["api_key"])
    terminal().note(f"This is key {request}: keep it now, it is not shown again.")


@key.command("list")
@click.argument("participant", type=click.UUID, required=False)
def list_keys(participant: UUID | None) -> None:
    """List the API keys of a participant, or your own."""
    service = with_key()
    found = service.get(f"/participants/{whose(service, participant)}/keys")
    terminal().listing(
        found,
        ("id", "scopes", "issued", "expires", "revoked"),
        [
            (
                one["id"],
                ", ".join(one["scopes"]).lower(),
                one["recorded_at"],
                one["expires_at"],
                one["revoked_at"],
            )
            for one in found
        ],
    )


@key.command()
@click.argument("key", type=click.UUID)
@click.option("--participant", type=click.UUID, help="Whose key it is; default: yours.")
def revoke(key: UUID, participant: UUID | None) -> None:
    """Revoke an API key: within a second it is refused everywhere."""
    service = with_key()
    holder = whose(service, participant)
    found = service.put(f"/participants/{holder}/keys/{key}/revocation", None)
    terminal().answer(found, f"Key {key} is revoked since {found['revoked_at']}.")
