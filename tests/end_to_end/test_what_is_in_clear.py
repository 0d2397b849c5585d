"""After all that the tests of this folder did: nothing of anybody is legible in what the product left behind.

Last of the folder by its name, so that it finds what all the others planted; alone it plants enough.
"""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.company import Company, until
from tests.end_to_end.holdings import Somebody, held, plant

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

KEPT = ("engine.sqlite*", "ledger.sqlite*", "vault*", "engine.log", "worker*.log", "web*.log")
"""What is ours in the stack's folder. The mail server, S3 and the stand-ins hold the person, as they should."""


async def test_nothing_of_anybody_is_in_clear(habeas: Company) -> None:
    """No address, name, number, page, passphrase or link: not in the engine, the ledger, the vault, any log."""
    person = Somebody()
    await plant(habeas.stack, person, invoice=True)
    for right in ("access", "delete"):
        receipt = await habeas.asked(right, person)
        await habeas.answered(receipt["request_id"])
    link = await until("a letter with a link", lambda: habeas.mail.link(person.email))
    secret = {written for canary in {*habeas.canaries, link or ""} for written in spellings(canary)}

    found = {
        (file.name, canary) for file, content in kept(habeas.stack.folder) for canary in secret if canary in content
    }

    assert found == set()
    everything = b"".join(content for _, content in kept(habeas.stack.folder))
    assert receipt["request_id"].encode() in everything, "the search does look where it should"
    assert any(person.mark in key for key in (await held(habeas.stack, person))["s3"])


def spellings(canary: str) -> Iterator[bytes]:
    """A text as it would stand in a file: as it is, or in base64 at any place within a longer one."""
    text = canary.encode()
    yield text
    for shift in range(3):
        encoded = b64encode(bytes(shift) + text)
        yield encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4]


def kept(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file that the product wrote, whole."""
    for pattern in KEPT:
        found = sorted(folder.glob(pattern))
        assert found, f"{pattern}: not there"
        for top in found:
            for file in [top] if top.is_file() else sorted(each for each in top.rglob("*") if each.is_file()):
                yield file, file.read_bytes()
