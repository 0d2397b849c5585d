"""How a passphrase reaches the person: for the ticket of whoever asked, together with the code that was mailed.

Whoever only submits has a ticket, and whoever only reads the mailbox has the code: neither has the passphrase.
"""

import base64
import secrets

from dsar.case import Case, State
from dsar.requests import Right
from intake.refusals import Refused
from ledger.ledger import Ledger
from ledger.passphrases import TICKET
from ledger.requests import RequestRow
from vault.keys import KeyUnavailable
from vault.vault import Vault

CASE = "case"
"""The vault's name for a request as it is started."""

COPIES = frozenset({Right.KNOW, Right.ACCESS, Right.PORTABILITY})
"""What is answered by a link, which a passphrase opens."""

PROVED = frozenset({State.IN_PROGRESS, State.ON_HOLD, State.ANSWERED})


class HandingOver:
    """Tickets and passphrases. Only their keyed hashes are kept."""

    def __init__(self, ledger: Ledger, vault: Vault) -> None:
        self._ledger = ledger
        self._vault = vault

    async def ticket(self, request_id: str, ticket: str) -> None:
        """Give this ticket out for a request: one for each time that it was submitted."""
        await self._ledger.passphrases.add(_tickets(request_id), ticket)

    async def check(self, request_id: str, ticket: str) -> None:
        """Look at a ticket before an attempt at the code is spent; none at all is no mistake.

        Raises:
            Refused: it is another request's, or mistyped.
        """
        if ticket and not await self._ledger.passphrases.matches(_tickets(request_id), ticket):
            raise Refused("that is not the ticket of this request; leave it out if you have none")

    async def passphrase(self, request_id: str) -> str:
        """A fresh one, for this request and for what its code counts for, too; empty where there is nothing to open."""
        try:
            case = await self._vault.get_model(request_id, CASE, Case)
        except KeyUnavailable:
            raise Refused("this is over, and all that it held is forgotten") from None
        rights = {case.request_id: case.right, **dict(zip(case.proves, case.also, strict=False))}
        made = words()
        copies = [each for each, right in rights.items() if right in COPIES]
        for each in copies:
            await self._ledger.passphrases.add(each, made)
        return made if copies else ""

    async def by_telephone(self, row: RequestRow, by: str) -> str:
        """A fresh one, for one of our own people to read out to the person; the journal has who.

        Raises:
            Refused: nobody has proved who they are, or there is nothing to open.
        """
        if row.state not in PROVED:
            raise Refused("the person has not proved who they are: no passphrase before that")
        made = await self.passphrase(row.id)
        if not made:
            raise Refused("there is nothing to open here: this is not a request for a copy")
        await self._ledger.journal.append(
            row.id, f"passphrase:{secrets.token_hex(8)}", "a passphrase was given by telephone", {"by": by}
        )
        return made


def words() -> str:
    """What can be read out on the phone: 60 bits in three groups."""
    text = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    return "-".join(text[i : i + 4] for i in range(0, 12, 4))


def _tickets(request_id: str) -> str:
    """Under which name the ledger keeps tickets."""
    return request_id + TICKET
