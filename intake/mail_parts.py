"""What one sender mails in a day and a person has to read: one question, to which the later mails are added.

Whoever mails a hundred different riddles would else open a hundred tasks, and hide in them the one that counts.
"""

from collections.abc import AsyncIterator

from activities.mail_questions import NOTE, RAW
from dsar.mail_note import MailNote, together
from ledger.ledger import Ledger
from vault.keys import KeyUnavailable
from vault.vault import Vault

PART = "part"
"""Where the later mails lie, under the question: `part/<hash>.note`, `part/<hash>.eml`."""
READ = "read"
"""How many later mails there were when somebody read the question."""
_NOTE = ".note"


async def added(vault: Vault, ledger: Ledger, ids: AsyncIterator[str], name: str, note: MailNote, raw: bytes) -> str:
    """Put a mail to the first of these questions, without end, that is not over; its id.

    `name` is a keyed hash of what the mail says: the same again adds nothing.
    """
    async for mail_id in ids:
        if await _put(vault, ledger, mail_id, name, note, raw):
            return mail_id
    raise AssertionError("the ids of questions have no end")


async def question(vault: Vault, mail_id: str) -> tuple[MailNote, int]:
    """All that belongs to a question, as one, and how many mails were added to it."""
    names = await _notes(vault, mail_id)
    first = await vault.get_model(mail_id, NOTE, MailNote)
    return together(first, [await vault.get_model(mail_id, name, MailNote) for name in names]), len(names)


async def note_read(vault: Vault, mail_id: str, parts: int) -> None:
    """Somebody reads the question, with so many later mails."""
    if parts:
        await vault.put(mail_id, READ, str(parts).encode())


async def unread(vault: Vault, mail_id: str) -> int:
    """How many mails were added that nobody has read."""
    parts = len(await _notes(vault, mail_id))
    read = int(await vault.get(mail_id, READ)) if parts and await vault.exists(mail_id, READ) else 0
    return parts - read


async def _put(vault: Vault, ledger: Ledger, mail_id: str, name: str, note: MailNote, raw: bytes) -> bool:
    if await ledger.mails.is_over(mail_id):
        return False
    try:
        await vault.create(mail_id)
        if not await vault.exists(mail_id, NOTE):
            await vault.put(mail_id, RAW, raw)
            await vault.put_model(mail_id, NOTE, note)
        elif not _same(await vault.get_model(mail_id, NOTE, MailNote), note):
            await vault.put(mail_id, f"{PART}/{name}.eml", raw)
            await vault.put_model(mail_id, f"{PART}/{name}{_NOTE}", note)
    except KeyUnavailable:
        return False  # answered and forgotten meanwhile
    return not await ledger.mails.is_over(mail_id)


async def _notes(vault: Vault, mail_id: str) -> list[str]:
    return [name for name in await vault.names(mail_id, PART) if name.endswith(_NOTE)]


def _same(one: MailNote, other: MailNote) -> bool:
    return (one.subject, one.text) == (other.subject, other.text)
