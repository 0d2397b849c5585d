"""One person, one screen, and files that hold what must not leave."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator

from dsar.identity import Identifier, Identity, Key
from dsar.others import Others
from dsar.redaction import Screen
from vault.outbound.files import Verdict, examined, filtered

ADA = Identity(
    identifiers=(
        Identifier(kind=Key.EMAIL, value="ada@example.com", proven=True),
        Identifier(kind=Key.NAME, value="Ada Lovelace"),
        Identifier(kind=Key.PHONE, value="+1 415 555 0199"),
        Identifier(kind=Key.NOTION_USER_ID, value="u-ada", proven=True),
    )
)
SSN = "123-45-6789"
CARD = "4111 1111 1111 1111"
BOB = "bob.jones@acme.example"
MINE = "ada@example.com"
HOUSE = "hello@opensession.co"
PLANTED = f"Ada's notes. SSN {SSN}, card {CARD}, password: hunter2, ask {BOB} or {HOUSE}, answer to {MINE}. The end.\n"
SECRETS = (SSN, CARD, "hunter2", BOB)
STAY = ("Ada's notes.", HOUSE, MINE, "The end.")


def screen() -> Screen:
    return Screen(Others(ADA, HOUSE))


async def stream(data: bytes, block: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), block):
        yield data[at : at + block]


async def sent(data: bytes, by: Screen | None = None, block: int = 1_000) -> tuple[Verdict, bytes]:
    """A file as it leaves, and what was found out about it."""
    by = by or screen()
    verdict = await examined(stream(data, block), by)
    if verdict.withheld:
        return verdict, b""
    return verdict, b"".join([part async for part in filtered(stream(data, block), by, verdict)])


def now(data: bytes, by: Screen | None = None, block: int = 1_000) -> tuple[Verdict, bytes]:
    """The same, for tests that cannot wait."""
    return asyncio.run(sent(data, by, block))


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def clean(text: bytes | str) -> None:
    """Nothing of what was planted is in there, and what belongs there is."""
    said = text if isinstance(text, str) else text.decode()
    assert not [secret for secret in SECRETS if secret in said]
    assert not [word for word in STAY if word not in said]
