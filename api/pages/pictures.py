"""A form that may bring a picture, and the codes in that picture."""

import asyncio

from fastapi import Request
from starlette.datastructures import UploadFile

from domain.errors import PictureUnreadable
from labels.reading import MOST_BYTES, read
from labels.refusals import PictureRefused

FORM_BYTES = MOST_BYTES + 64 * 2**10  # the picture, and what a form puts around it
MOST_TEXT = 8 * 2**10
AT_ONCE = 2  # each may take a hundred megabytes while it is read


async def scanned(request: Request) -> list[str]:
    """The code that was sent as text, or those in the picture; the picture waits on disk."""
    request.scope["tamga.body"].limit = FORM_BYTES
    async with request.form(max_files=1, max_fields=4, max_part_size=MOST_TEXT) as form:
        text, picture = form.get("code"), form.get("picture")
        if isinstance(picture, UploadFile) and picture.size:
            return await codes_in(picture, request.app.state.picture_readers)
        return [text if isinstance(text, str) else ""]


async def codes_in(picture: UploadFile, readers: asyncio.Semaphore) -> list[str]:
    """The texts of the symbols in the picture, each once."""
    async with readers:
        content = await picture.read()
        try:
            return await asyncio.to_thread(read, content)
        except PictureRefused as refused:
            raise PictureUnreadable(refused.reason, refused.limit) from refused
