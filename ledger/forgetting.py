"""What the ledger has kept for long enough: emptied or deleted, by rules that can be applied again and again.

Evidence stays (`docs/operations.md` has a line for each table). What is forgotten here are the keyed hashes of
persons and of what they said, as soon as nothing has to be known again by them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Delete, Exists, Update, delete, exists, func, or_, update

from ledger.contact_changes import LONGEST
from ledger.database import Database
from ledger.mail_names import KEPT as NAMED
from ledger.mails import KEPT, SKEW
from ledger.passphrases import TICKET
from ledger.proof_attempts import COUNTED
from ledger.tables import (
    contact_changes,
    legal_holds,
    mail_names,
    mailboxes,
    mails,
    partner_callbacks,
    partner_messages,
    partner_requests,
    passphrases,
    proof_attempts,
    requests,
)

PARTNERS_AFTER = timedelta(days=30)
"""So long after a request is forgotten its partners may still send the same once more, and be called: theirs may have
been down, and our own tries to reach them take ten days."""


class Forgetting:
    """One short transaction a rule, so that nobody waits for all of them."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def purge(self) -> None:
        """Apply every rule; also to what an older version of this program, or a backup, has left."""
        for rule in self._rules():
            await self._database.change(rule)

    def _rules(self) -> Iterator[Update | Delete]:
        yield from self._of_persons()
        yield from self._of_partners()
        yield from self._of_mails()

    def _of_persons(self) -> Iterator[Update | Delete]:
        now = self._clock()
        lifted = legal_holds.c.lifted_at.is_not(None)
        yield update(legal_holds).where(lifted, legal_holds.c.subject.is_not(None)).values(subject=None)
        yield delete(passphrases).where(_forgotten(func.replace(passphrases.c.request_id, TICKET, ""), now))
        yield delete(contact_changes).where(contact_changes.c.changed_at < now - LONGEST)
        yield delete(proof_attempts).where(proof_attempts.c.tried_at <= now - COUNTED)

    def _of_partners(self) -> Iterator[Update | Delete]:
        now = self._clock()
        told = partner_callbacks.c.done.is_(True)  # as an older version kept them
        of_this = partner_requests.c.partner == partner_callbacks.c.partner
        of_this &= partner_requests.c.ref == partner_callbacks.c.ref
        long_ago = _forgotten(partner_requests.c.request_id, now - PARTNERS_AFTER)
        yield delete(partner_callbacks).where(or_(told, exists().where(of_this, long_ago)))
        yield (
            update(partner_requests)
            .where(partner_requests.c.digest != "", long_ago)
            .values(digest="", partner_ref=None)
        )
        yield delete(partner_messages).where(partner_messages.c.until <= now)

    def _of_mails(self) -> Iterator[Delete]:
        now = self._clock()
        whole = exists().where(mailboxes.c.whole_at >= now - KEPT)  # else one may wait in front of them
        yield delete(mails).where(whole, mails.c.seen_at < now - KEPT - 2 * SKEW)
        yield delete(mail_names).where(mail_names.c.named_at < now - NAMED)


def _forgotten(request_id: ColumnElement[str], before: datetime) -> Exists:
    """Whether the request's key was destroyed by then; one that the ledger does not know may still have its own."""
    return exists().where(requests.c.id == request_id, requests.c.shredded_at <= before)
