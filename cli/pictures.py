"""Codes out of pictures: decoded on this machine, verified by the service."""

from collections.abc import Iterator
from typing import Any

import click

from cli.answers import ending, tell_verdict
from cli.client import connected
from cli.faults import Ending
from cli.files import Source
from cli.options import FILE, command
from cli.terminal import terminal
from labels import reading
from labels.refusals import PictureRefused

NOTHING_READ = {"verdict": "unreadable"}


@command()
@click.argument("images", nargs=-1, required=True, type=FILE)
@click.option("--text", is_flag=True, help="Only tell what the symbols say; ask nobody.")
def scan(images: tuple[str, ...], *, text: bool) -> Ending:
    """Read the codes in pictures and verify them.

    The pictures stay on this machine; what their Data Matrix and QR symbols say is sent.
    """
    service = None if text else connected()
    found: list[dict[str, Any]] = []
    for image in images:
        codes = list(read(image))
        if not codes:
            found.append(NOTHING_READ)
        for code in codes:
            if service is None:
                terminal().answer({"image": image, "code": code}, code, brief=code)
                found.append({"verdict": "in-circulation"})
                continue
            verdict = service.post("/verify", {"code": code})
            if len(images) > 1 or len(codes) > 1:
                terminal().say(f"{image}:")
            tell_verdict(verdict)
            found.append(verdict)
    return ending(found)


def read(image: str) -> Iterator[str]:
    """The codes in a picture; says so where there are none."""
    with Source(image).opened() as file:
        content = file.read(reading.MOST_BYTES + 1)
    try:
        codes = reading.read(content)
    except PictureRefused as refused:
        terminal().note(f"! {image}: {refused.reason}. {refused.advice}")
        return
    if not codes:
        terminal().note(f"! {image}: no Data Matrix or QR code was found; hold still, come closer.")
    yield from codes
