"""Letters that did not arrive: each is told once, to its saga, or where that is over, to the privacy lead.

What is reported of a letter is believed so far: that a person looks. Whoever forges reports opens one task for each
letter that we really sent, and has to know its Message-ID, in which the request's id is chance.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from temporalio import activity

from activities.mail import Mail, Undeliverable
from activities.mail_questions import NOTE, question_about
from activities.policies import Policies
from dsar.mail_note import MAIL, MailNote, MailQuestionStart, Purpose
from dsar.policy import Policy
from dsar.undelivered import LetterBack, instructions, settled, told
from dsar.zones import named
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.keys import KeyUnavailable
from vault.vault import Vault

log = structlog.get_logger()

TOLD_AFTER = 15
"""After so many tries, about an hour, somebody hears of a letter that our own mail server does not let out."""

Tell = Callable[[str, LetterBack], Awaitable[bool]]
"""Tells a request's saga; whether it still runs."""
Ask = Callable[[MailQuestionStart], Awaitable[None]]
"""Has the privacy lead asked where there is no saga."""


class Undelivered:
    """Knows our letters by their Message-IDs, and tells of those that came back."""

    def __init__(
        self,
        ledger: Ledger,
        vault: Vault,
        policies: Policies,
        policy: Policy,
        tell: Tell,
        ask: Ask,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._vault = vault
        self._policies = policies
        self._policy = policy
        self._tell = tell
        self._ask = ask
        self._now = now

    async def came_back(self, message_id: str, status: str, *, tried_on: bool = False) -> str | None:
        """A letter did not arrive: once for each letter, however often it is said.

        Args:
            message_id: without its domain, as `request-....answer`.
            status: `5.1.1`, or `UNKNOWN`.
            tried_on: it has not left yet, and may still.

        Returns:
            Whose letter it was: a request's id, or another owner's; `None`: no letter of ours has this id.

        Raises:
            Whatever `tell` and `ask` raise where the engine cannot be reached; said again, it is told then.
        """
        if (found := await self._letter(message_id)) is None:
            return None
        owner, letter = found
        if (step := told(letter)) in await self._known(owner):
            return owner
        back = LetterBack(letter=letter, status=status, tried_on=tried_on)
        if await self._ledger.requests.get(owner) is None:
            log.warning("a letter of ours is refused, and nobody waits for it", owner=owner, status=status)
        elif not await self._tell(owner, back):
            await self._question(owner, back)
        facts: dict[str, Fact] = {"letter": back.letter, "status": back.status, "tried_on": back.tried_on}
        await self._ledger.journal.append(owner, step, "a letter did not arrive", facts)
        return owner

    async def delayed(self, message_id: str, status: str) -> str | None:
        """A letter is late, and may still arrive: noted, no more. Returns as `came_back` does."""
        if (found := await self._letter(message_id)) is None:
            return None
        owner, letter = found
        if (step := f"delayed:{letter}") not in await self._known(owner):
            await self._ledger.journal.append(owner, step, "a letter is delayed", {"letter": letter, "status": status})
        return owner

    async def is_settled(self, message_id: str) -> bool:
        """Whether somebody was asked about a letter, and has seen to it."""
        found = await self._letter(message_id)
        return found is not None and settled(found[1]) in await self._known(found[0])

    async def _known(self, owner: str) -> set[str]:
        return {entry.step for entry in await self._ledger.journal.entries(owner)}

    async def _letter(self, message_id: str) -> tuple[str, str] | None:
        """Whose letter it was, and which; only what stands in the ledger is a letter of ours."""
        owner = message_id.partition(".")[0]
        for row in await self._ledger.letters.of(owner):
            if row.id.replace(":", ".") == message_id:
                return owner, row.id.removeprefix(f"{owner}:")
        return None

    async def _question(self, request_id: str, back: LetterBack) -> None:
        """The request is over: its privacy lead is asked as about a mail."""
        made = hashlib.sha256(f"{request_id}:{back.letter}".encode()).digest()
        mail_id = MAIL + base64.b32encode(made[:15]).decode().lower()
        controller, now = self._policy.controller, self._now()
        note = MailNote(
            purpose=Purpose.UNDELIVERED,
            received=now,
            text=instructions(back),
            about=(request_id,),
            controller=controller,
        )
        try:
            await self._vault.create(mail_id)
            await self._vault.put_model(mail_id, NOTE, note)
        except KeyUnavailable:
            return  # asked, answered and forgotten before
        await self._ledger.mails.ask(mail_id)
        digest = await self._policies.remember(self._policy)
        today = now.astimezone(named(controller.zone)).date()
        await self._ask(question_about(mail_id, note.purpose, digest, controller, today, can_reply=False))


class TellingMail:
    """The way out for letters, on which a refusal for good is told.

    One that is final for its recipient is told at once, and the letter counts as one that came back. Any other is
    tried again, as if it were not for good: our own mail server may have been set up wrong for an hour. After that
    somebody is asked, and once they have told the person another way, the letter counts as one that came back, too.
    """

    def __init__(self, mail: Mail, undelivered: Undelivered, tries: Callable[[], int] | None = None) -> None:
        self._mail = mail
        self._undelivered = undelivered
        self._tries = tries or _tries

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        """Send one letter. Raises as `Mail.send` does, but for refusals that were told and are final."""
        try:
            await self._mail.send(to, subject, text, message_id, html=html)
        except Undeliverable as refusal:
            if not await self._is_gone(refusal, message_id):
                raise

    async def _is_gone(self, refusal: Undeliverable, message_id: str) -> bool:
        """Whether nobody waits for this letter any more; who has to hear of it does."""
        if refusal.final:
            return await self._undelivered.came_back(message_id, refusal.status) is not None
        if self._tries() < TOLD_AFTER:
            return False
        await self._undelivered.came_back(message_id, refusal.status, tried_on=True)
        return await self._undelivered.is_settled(message_id)


def _tries() -> int:
    return activity.info().attempt if activity.in_activity() else 1
