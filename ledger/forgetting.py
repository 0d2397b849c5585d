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

CALLED_AT_MOST = timedelta(days=30)
"""So long after a request was forgotten its partners are not called any more: all tries take ten days."""


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
        lifted = legal_holds.c.lifted_at.is_not(None)
        yield update(legal_holds).where(lifted, legal_holds.c.subject.is_not(None)).values(subject=None)
        told = partner_callbacks.c.done.is_(True)  # as an older version kept them
        yield delete(partner_callbacks).where(or_(told, self._called_in_vain()))
        yield (
            update(partner_requests)
            .where(partner_requests.c.digest != "", _forgotten(partner_requests.c.request_id), ~_to_be_told())
            .values(digest="", partner_ref=None)
        )
        now = self._clock()
        yield delete(contact_changes).where(contact_changes.c.changed_at < now - LONGEST)
        yield delete(proof_attempts).where(proof_attempts.c.tried_at <= now - COUNTED)
        yield delete(partner_messages).where(partner_messages.c.until <= now)
        whole = exists().where(mailboxes.c.whole_at >= now - KEPT)  # else one may wait in front of them
        yield delete(mails).where(whole, mails.c.seen_at < now - KEPT - 2 * SKEW)
        yield delete(mail_names).where(mail_names.c.named_at < now - NAMED)
        yield delete(passphrases).where(_forgotten(func.replace(passphrases.c.request_id, TICKET, "")))

    def _called_in_vain(self) -> Exists:
        """No process calls this partner any more; else it would have been told, or given up."""
        since = self._clock() - CALLED_AT_MOST
        return (
            exists()
            .where(partner_requests.c.partner == partner_callbacks.c.partner)
            .where(partner_requests.c.ref == partner_callbacks.c.ref)
            .where(requests.c.id == partner_requests.c.request_id, requests.c.shredded_at < since)
        )


def _to_be_told() -> Exists:
    """Whether the partner has not heard the end yet: the call repeats the partner's own name."""
    return exists().where(
        partner_callbacks.c.partner == partner_requests.c.partner, partner_callbacks.c.ref == partner_requests.c.ref
    )


def _forgotten(request_id: ColumnElement[str]) -> Exists:
    """Whether the request's key is destroyed; one that the ledger does not know may still have its own."""
    return exists().where(requests.c.id == request_id, requests.c.shredded_at.is_not(None))
