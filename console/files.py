"""Files that commands read and write, with what can go wrong in words."""

import hashlib
import os
from pathlib import Path

from intake.desk import Refused


def read(path: str) -> bytes:
    """A file's bytes. Raises `Refused` for one that cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def sha256(path: str) -> str:
    """The SHA-256 of a file, however large; hexadecimal. Raises `Refused` for one that cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def write_new(path: str | Path, content: bytes) -> None:
    """Write a file that is nobody else's to read, its folder too. Raises `Refused`; overwrites nothing."""
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
