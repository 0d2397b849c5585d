"""A mail that answers a letter of ours: what a person says about their request, as on the page of it."""

from contextlib import suppress

from dsar.mail_note import MailNote
from dsar.mail_text import own_words
from dsar.talking import LONGEST, Message
from intake.desk import Desk
from intake.refusals import Refused
from ledger.ledger import Ledger
from vault.keys import KeyUnavailable
from vault.vault import Vault

GOES_ON = "\n\n(It goes on: the whole mail is in the mailbox.)"
NO_TEXT = "(No text.)"


class Threads:
    """Joins mails to the requests that they are about."""

    def __init__(self, desk: Desk, ledger: Ledger, vault: Vault) -> None:
        self._desk = desk
        self._ledger = ledger
        self._vault = vault

    async def ours(self, request_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Those that there are."""
        return tuple([each for each in request_ids if await self._ledger.requests.get(each)])

    async def joined(self, note: MailNote, raw: bytes, name: str) -> str | None:
        """The request whose talk a mail joined, the first that can hear it; the mail lies sealed under it.

        `None`: it may ask for something that was not asked for before, or nobody is there to hear it: a person reads
        it as a mail.

        Args:
            note: what is known of the mail, and the requests that it answers.
            raw: as it came.
            name: a keyed hash of it, by which it is said once.

        Raises:
            EngineDown: nobody can be told now.
        """
        if await self._asks_anew(note):
            return None
        for request_id in note.about:
            with suppress(Refused):
                await self._desk.write(request_id, message(note), f"mail-{name}")
                with suppress(KeyUnavailable):  # over in this very moment
                    await self._vault.put(request_id, f"mail/{name}.eml", raw)
                return request_id
        return None

    async def _asks_anew(self, note: MailNote) -> bool:
        rows = [await self._ledger.requests.get(each) for each in note.about]
        return not set(note.rights) <= {row.right for row in rows if row}


def message(note: MailNote) -> Message:
    """What the sender wrote themselves, without what they quote."""
    words = own_words(note.text)[0].strip() or note.text.strip()
    text = f"{note.subject}\n\n{words}".strip() or NO_TEXT
    if len(text) > LONGEST:
        text = text[: LONGEST - len(GOES_ON)] + GOES_ON
    return Message(text=text, mail_from=note.sender or "nobody", attachments=note.attachments)
