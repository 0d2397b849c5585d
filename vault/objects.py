"""What objects can be called, and what can be wrong with them: the same on every store.

Errors, the whole tree:

    StoreError
    ├── NotInVault    there is no object of this name
    └── BadName       no object can have this name
"""

import re
from collections.abc import AsyncIterator

BLOCK_BYTES = 1024 * 1024
"""Streams come in blocks of at most this."""

_MAX_NAME = 512
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.=@-]{0,199}"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*", re.ASCII)


class StoreError(Exception):
    """What can be wrong with an object. The text names the object, never what is in it."""


class NotInVault(StoreError):
    """There is no object of this name."""


class BadName(StoreError, ValueError):
    """No object can have this name: ASCII segments that start with a letter, digit or `_`, joined by slashes."""


def checked(name: str) -> str:
    """The name itself.

    Raises:
        BadName: it leaves its place, hides, or does not mean the same on a disk and in a bucket.
    """
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise BadName(f"not a name for an object ({len(name)} characters)")
    return name


def checked_folder(prefix: str) -> str:
    """The prefix itself: one folder or more, a slash at the end. Guards against deleting everything.

    Raises:
        BadName: it is not.
    """
    if not prefix.endswith("/"):
        raise BadName("only a folder is deleted whole: its prefix ends with a slash")
    return checked(prefix[:-1]) + "/"


async def one(data: bytes) -> AsyncIterator[bytes]:
    """These bytes as a stream of one block."""
    yield data
