"""What the company itself knows of the lists that it uploaded: the only record of them where the vendor shows none.

Advertising networks take hashed addresses into an audience and never say who is in it. Whoever uploads keeps a file,
a line for each address that was sent, and an entry of systems.toml may name it as `sent_lists`:

    list_id,email_sha256,sent_on
    23850000000000001,64 hexadecimal digits,2026-01-31

The file is read anew for each search, and never written.
"""

import asyncio
import csv
from collections.abc import Collection, Iterable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from connectors.connector import NeedsPerson
from dsar.identity import Identity, Key, normalise

LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, less the brackets."""


class Sent(BaseModel):
    """One address that was sent to one list."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    list_id: Annotated[str, StringConstraints(min_length=1)]
    email_sha256: Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$", to_lower=True)]
    sent_on: date


def email_sha256(address: str) -> str:
    """The hash under which an audience knows an address: trimmed, lowercase, SHA-256, in hexadecimal digits."""
    return sha256(normalise(Key.EMAIL, address).encode()).hexdigest()


def hashes_of(identity: Identity) -> list[str]:
    """The hashes of the person's addresses, each once; what cannot be an address has none."""
    addresses = dict.fromkeys(normalise(Key.EMAIL, value) for value in identity.values(Key.EMAIL))
    return [email_sha256(each) for each in addresses if "@" in each[1:-1] and len(each) <= LONGEST_ADDRESS]


async def sent(path: Path, hashes: Collection[str]) -> list[Sent]:
    """What was sent of these addresses, the last time for each list.

    Raises:
        NeedsPerson: the file is not there, or a line of it is not as above.
    """
    return await asyncio.to_thread(_read, path, frozenset(hashes))


def _read(path: Path, hashes: frozenset[str]) -> list[Sent]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _latest(hashes, csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, ValidationError, csv.Error) as error:
        raise NeedsPerson(
            f"the file of uploaded lists cannot be used: {type(error).__name__}",
            "systems.toml names a file as sent_lists. It must be readable by the worker, and have the columns list_id, "
            "email_sha256 (64 hexadecimal digits) and sent_on (2026-01-31). Put it right, then retry.",
        ) from None


def _latest(hashes: frozenset[str], lines: Iterable[dict[str, str]]) -> list[Sent]:
    found: dict[tuple[str, str], Sent] = {}
    for line in lines:
        each = Sent.model_validate(line)
        place = (each.list_id, each.email_sha256)
        if each.email_sha256 in hashes and (place not in found or found[place].sent_on < each.sent_on):
            found[place] = each
    return list(found.values())
