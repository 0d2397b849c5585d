"""A form with a file: read up to a limit, its parts in whatever order."""

import asyncio

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from intake.attachments import LARGEST, Attachment
from web import problems
from web.person.form import Form
from web.problems import Problem

MULTIPART = "multipart/form-data"

_MOST_PARTS = 20
_LONGEST_FIELD = 8 * 1024
_PATIENCE_SECONDS = 120


async def uploaded(request: web.Request) -> tuple[Form, Attachment | None]:
    """The fields of a form, and its file; `None`: none was chosen, or it is empty.

    Raises:
        Problem: no such form, too large a one, or one that takes more than two minutes.
    """
    if request.content_type != MULTIPART or "boundary" not in request.headers.get("Content-Type", ""):
        raise Problem(problems.UNSUPPORTED)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await _parts(request)
    except TimeoutError:
        raise Problem(problems.TOO_SLOW) from None
    except (ValueError, AssertionError, EOFError, HttpProcessingError):
        raise Problem(problems.UNUSABLE) from None


async def _parts(request: web.Request) -> tuple[Form, Attachment | None]:
    values: dict[str, list[str]] = {}
    file: Attachment | None = None
    reader = await request.multipart()
    for _ in range(_MOST_PARTS):
        part = await reader.next()
        if part is None:
            return Form(values), file
        if not isinstance(part, BodyPartReader):
            raise Problem(problems.UNUSABLE)  # a form within the form
        if part.filename is None:
            text = (await _read(part, _LONGEST_FIELD)).decode("utf-8", "replace")
            values.setdefault(part.name or "", []).append(text)
        elif content := await _read(part, LARGEST):
            file = Attachment(name=_plain(part.filename), content=content)
    raise ValueError


async def _read(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise Problem(problems.TOO_LARGE)
    return bytes(content)


def _plain(name: str) -> str:
    """A file's own name, without folders, and without what a screen would obey."""
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:200] or "evidence"
