"""What becomes of each mail: a request, a task for a person, or nothing, with a reason. Done again, it does no more."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import structlog

from activities.mail_questions import NOTE, RAW, question_about
from activities.policies import Policies
from activities.undelivered import Undelivered
from dsar.mail_note import MAIL, MailNote, Purpose, submission
from dsar.mail_rules import Judgement, Mail, Verdict, by_machine, judge
from dsar.mail_text import own_words
from dsar.policy import Policy
from dsar.requests import Right
from dsar.zones import named
from intake.desk import Desk, Receipt
from intake.engine import Engine
from intake.inbox import Delivery
from intake.mail_parts import added
from intake.mail_reading import ParsedMail, read_mail
from intake.mail_reports import DeliveryReport, Fate
from intake.mail_threads import Threads
from intake.refusals import Refused
from ledger.ledger import Ledger
from vault.keys import KeyUnavailable
from vault.vault import Vault

log = structlog.get_logger()

DOWNLOADS = frozenset({Right.KNOW, Right.ACCESS, Right.PORTABILITY})
"""What is answered by a link, which a passphrase opens."""
HANDED_OVER = "mail/passphrase"
"""The vault's name, under the request, for the mark that somebody was told to pass its passphrase on."""


@dataclass(frozen=True)
class Own:
    """What is ours: by it a mail that we sent is known."""

    address: str
    """What letters are sent from."""
    form: str
    """Where requests are made on the web."""


class MailDoor:
    """One company's mailbox, mail by mail."""

    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        ledger: Ledger,
        vault: Vault,
        policies: Policies,
        policy: Policy,
        own: Own,
        key: bytes,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk = desk
        self._threads = Threads(desk, ledger, vault)
        self._engine = engine
        self._ledger = ledger
        self._vault = vault
        self._policies = policies
        self._policy = policy
        self._own = own
        self._key = key
        self._now = now
        self._undelivered = Undelivered(ledger, vault, policies, policy, engine.letter_back, engine.ask_about_mail, now)

    async def take(self, delivery: Delivery) -> Verdict:
        """Decide what a mail is and do what follows, once; whatever breaks on the way, it can be done again.

        A mail is settled last. What comes before knows its own repetition: a request joins the open one, a question
        has the id that the mail was given.

        Raises:
            EngineDown: a person would have to be asked, and the engine cannot be reached.
        """
        key = self._hash(delivery.received.isoformat().encode(), delivery.raw)
        if known := await self._ledger.mails.settled(key):
            return Verdict(known.verdict)
        parsed = await asyncio.to_thread(read_mail, delivery.raw, self._own.address, truncated=not delivery.whole)
        if not isinstance(parsed, ParsedMail):
            judgement = Judgement(verdict=Verdict.UNCLEAR, why=(parsed.why,))
            parsed = ParsedMail(mail=Mail(text="It cannot be read here: look at it in the mailbox."))
        else:
            judgement = judge(parsed.mail)
        owner, verdict = await self._done(delivery, parsed, judgement)
        verdict = Verdict.UNCLEAR if owner and owner.startswith(MAIL) else verdict
        await self._ledger.mails.settle(key, verdict, "; ".join(judgement.why), owner)
        log.info("mail settled", uid=delivery.uid, verdict=str(verdict), owner=owner)
        return verdict

    async def _done(self, delivery: Delivery, parsed: ParsedMail, judgement: Judgement) -> tuple[str | None, Verdict]:
        """The id of what the mail became, and what it was. What joins the talk of its request, a person reads there."""
        note = self._note(Purpose.QUESTION, delivery, parsed, judgement)
        if judgement.verdict is Verdict.AUTOMATIC:
            return await self._reported(parsed.report), judgement.verdict
        if about := await self._threads.ours(parsed.answers):
            answer = note.model_copy(update={"purpose": Purpose.ANSWER, "about": about})
            joined = None
            if not by_machine(parsed.mail):
                joined = await self._threads.joined(answer, delivery.raw, self._hash(delivery.raw)[:32])
            return joined or await self._ask(answer, delivery.raw), Verdict.UNCLEAR
        if judgement.verdict is Verdict.NOT_A_REQUEST:
            return None, judgement.verdict
        if judgement.verdict is Verdict.UNCLEAR:
            return await self._ask(note, delivery.raw), judgement.verdict
        return await self._submitted(note, delivery, judgement), judgement.verdict

    async def _reported(self, report: DeliveryReport | None) -> str | None:
        """The request whose letter a mail server reports of, if it is ours and not there; what arrived is no news."""
        if report is None or report.fate is Fate.ARRIVED:
            return None
        if report.fate is Fate.DELAYED:
            return await self._undelivered.delayed(report.letter, report.status)
        return await self._undelivered.came_back(report.letter, report.status)

    async def _submitted(self, note: MailNote, delivery: Delivery, judgement: Judgement) -> str:
        """The id of the request, or of the question where it cannot be one."""
        try:
            receipt = await self._desk.submit(submission(note, judgement.rights))
        except (Refused, ValueError):
            return await self._ask(note.model_copy(update={"why": (*note.why, "it was not taken in")}), delivery.raw)
        await self._kept(receipt, note, delivery.raw)
        if judgement.incomplete:
            ids = tuple(each.request_id for each in (receipt, *receipt.others))
            left = {"rights": judgement.incomplete, "about": ids, "why": (*note.why, "a part of it needs details")}
            await self._ask(note.model_copy(update=left), delivery.raw)
        return receipt.request_id

    async def _kept(self, receipt: Receipt, note: MailNote, raw: bytes) -> None:
        """Seal the mail under its requests, and see that the passphrase of a copy reaches the person."""
        name = f"mail/{self._hash(raw)[:32]}.eml"
        for each in (receipt, *receipt.others):
            with suppress(KeyUnavailable):  # it was joined, and is over since
                await self._vault.put(each.request_id, name, raw)
        copies = tuple(each.request_id for each in (receipt, *receipt.others) if each.right in DOWNLOADS)
        if not copies or await self._vault.exists(copies[0], HANDED_OVER):
            return
        told = {"purpose": Purpose.PASSPHRASE, "about": copies, "text": ""}
        await self._ask(note.model_copy(update=told), b"")
        with suppress(KeyUnavailable):
            await self._vault.put(copies[0], HANDED_OVER, b"")

    async def _ask(self, note: MailNote, raw: bytes) -> str:
        """Have a person read it. What one sender writes in a day is one question, until that is answered."""
        if note.sender and raw:
            said = self._hash(f"{note.subject}\0{own_words(note.text)[0]}".encode("utf-8", "replace"))
            mail_id = await added(self._vault, self._ledger, self._mail_ids(note), said[:32], note, raw)
        else:
            mail_id = await self._mail_id(note, raw)
            try:
                await self._vault.create(mail_id)
                if not await self._vault.exists(mail_id, NOTE):
                    if raw:
                        await self._vault.put(mail_id, RAW, raw)
                    await self._vault.put_model(mail_id, NOTE, note)
            except KeyUnavailable:
                return mail_id  # asked, answered and forgotten before
        today = self._now().astimezone(named(self._policy.controller.zone)).date()
        controller, digest = self._policy.controller, await self._policies.remember(self._policy)
        await self._ledger.mails.ask(mail_id)
        await self._engine.ask_about_mail(
            question_about(mail_id, note.purpose, digest, controller, today, can_reply=note.sender is not None)
        )
        return mail_id

    def _note(self, purpose: Purpose, delivery: Delivery, parsed: ParsedMail, judgement: Judgement) -> MailNote:
        mail = parsed.mail
        return MailNote(
            purpose=purpose,
            received=min(delivery.received, self._now()),  # the mail server's clock may be ahead of ours
            sender=mail.sender,
            subject=mail.subject,
            text=mail.text,
            why=judgement.why,
            rights=(*judgement.rights, *judgement.incomplete),
            attachments=parsed.attachments,
            controller=self._policy.controller,
            form=self._own.form,
        )

    async def _mail_ids(self, note: MailNote) -> AsyncIterator[str]:
        for number in count():
            yield await self._mail_id(note, str(number).encode())

    async def _mail_id(self, note: MailNote, what: bytes) -> str:
        """The same for the same, as long as the ledger knows; by itself it says nothing."""
        about = ",".join(note.about if note.purpose is not Purpose.QUESTION else ())
        day = f"{note.received:%Y-%m-%d}" if note.purpose is not Purpose.PASSPHRASE else ""
        made = self._hash(f"{note.purpose}\0{about}\0{note.sender}\0{day}\0".encode(), what)
        fresh = MAIL + base64.b32encode(secrets.token_bytes(15)).decode().lower()
        return await self._ledger.mail_names.of(made, fresh)

    def _hash(self, *parts: bytes) -> str:
        """A keyed hash: the ledger's name for what it may not know."""
        made = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in parts:
            made.update(part)
        return made.hexdigest()
