"""Logging in: keeping an API key where only this user can read it."""

import os
import sys
from typing import Any

import click

from cli.client import Service
from cli.faults import Failure
from cli.options import command
from cli.profile import KEY_VARIABLE, address, api_key, keep, kept_profile, place
from cli.terminal import terminal


@command()
def login() -> None:
    """Keep an API key for the commands that follow.

    Asks for the key, or reads it from the standard input. The key is tried before it is kept.
    """
    url = address()
    if sys.stdin.isatty():
        key = click.prompt(f"API key for {url}", hide_input=True)
    else:
        key = sys.stdin.readline()
    key = key.strip(" \t\r\n")
    if not key:
        raise Failure("There is no API key in the input.")
    with Service(url, key) as service:
        found = service.get("/whoami")
    profile = kept_profile()
    profile.url = url
    profile.keys[url] = key
    keep(profile)
    terminal().answer({"url": url, **found}, *introduced(found), f"The key is kept in {place()}.")
    if os.environ.get(KEY_VARIABLE):
        terminal().note(f"! {KEY_VARIABLE} is set, and goes before it.")


@command()
def logout() -> None:
    """Forget the API key of this service."""
    url = address()
    profile = kept_profile()
    known = profile.keys.pop(url, None) is not None
    keep(profile)
    told = f"The key for {url} is forgotten." if known else f"No key was kept for {url}."
    terminal().answer({"url": url, "forgotten": known}, told)


@command()
def whoami() -> None:
    """Tell who the API key belongs to."""
    url = address()
    with Service(url, api_key(url)) as service:
        found = service.get("/whoami")
    terminal().answer({"url": url, **found}, *introduced(found), url, brief=found["participant"])


def introduced(found: dict[str, Any]) -> list[str]:
    until = f", until {found['expires_at']}" if found["expires_at"] else ""
    return [
        f"{found['name']}, {found['member_state']}: {words(found['roles'])}",
        f"participant {found['participant']}",
        f"key {found['key']}: {words(found['scopes'])}{until}",
    ]


def words(names: list[str]) -> str:
    return ", ".join(name.lower() for name in names)
