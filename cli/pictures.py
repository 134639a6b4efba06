"""Codes out of pictures: decoded on this machine, verified by the service."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from cli.answers import ending, tell_verdict
from cli.client import connected
from cli.faults import Ending
from cli.files import Source
from cli.options import command
from cli.terminal import terminal
from labels.refusals import PictureRefused

NOTHING_READ = {"verdict": "unreadable"}
AT_ONCE = 2  # each may take a hundred megabytes while it is read
NONE_FOUND = (
    "no Data Matrix or QR code was found. Hold still and come closer, until the symbol fills a "
    "quarter of the picture; more light from the side, no flash."
)


class Picture(click.Path):
    """A file, not a folder of them."""

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - click's signature
        if Path(value).is_dir():
            self.fail(f"{value} is a folder; name the pictures in it: {value}/*.jpg", param, ctx)
        return super().convert(value, param, ctx)


@command()
@click.argument("images", nargs=-1, required=True, type=Picture(exists=True, allow_dash=True))
@click.option("--text", is_flag=True, help="Only tell what the symbols say; ask nobody.")
def scan(images: tuple[str, ...], *, text: bool) -> Ending:
    """Read the codes in pictures and verify them.

    The pictures stay on this machine; what their Data Matrix and QR symbols say is sent.
    """
    service = None if text else connected()
    found: list[dict[str, Any]] = []
    for image, codes in zip(images, read_all(images), strict=True):
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


def read_all(images: Sequence[str]) -> list[list[str]]:
    """The codes in each picture; a bar shows how far it is where they are many."""
    found: list[list[str]] = []
    with (
        ThreadPoolExecutor(AT_ONCE) as readers,
        terminal().progress("Reading", len(images), unit="pictures") as advance,
    ):
        for image, read in zip(images, readers.map(codes_in, images), strict=True):
            advance(1)
            codes, why_none = read
            if why_none:
                terminal().note(f"! {image}: {why_none}")
            found.append(codes)
    return found


def codes_in(image: str) -> tuple[list[str], str]:
    """The codes in a picture, or why there are none."""
    # Imported only where pictures are: it takes longer than the rest of a command.
    reading = import_module("labels.reading")
    with Source(image).opened() as file:
        content = file.read(reading.MOST_BYTES + 1)
    try:
        codes: list[str] = reading.read(content)
    except PictureRefused as refused:
        return [], f"{refused.reason}. {refused.advice}"
    return codes, "" if codes else NONE_FOUND
