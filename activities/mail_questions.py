"""What is done about a mail that a person has to read: they are told, it is answered, and in the end it is over."""

import hashlib
from datetime import date

from temporalio import activity

from activities.mail import Mail
from activities.outbox import Outbox
from activities.policies import Policies
from dsar.calendars import CALIFORNIA, WEEKENDS_ONLY
from dsar.case import Owner, Task
from dsar.frozen import Frozen
from dsar.letters import TaskOpened
from dsar.mail_note import MailNote, MailQuestionStart, Purpose, reply
from dsar.policy import Controller
from dsar.requests import Regime
from ledger.ledger import Ledger
from vault.vault import Vault

NOTE = "note"
"""The vault's name for what is known of the mail."""
RAW = "mail.eml"
"""The vault's name for the mail as it came, attachments and all: it is sealed, and never opened again."""
HOW_TO_ASK = "how-to-ask"
REMIND_AFTER = 5
ANSWER_AFTER = 10
"""Business days in which a person reads a mail."""


def question_about(
    mail_id: str, purpose: Purpose, policy: str, controller: Controller, today: date, *, can_reply: bool
) -> MailQuestionStart:
    """What a question is started with, its dates counted from today on."""
    calendar = CALIFORNIA if controller.regime is Regime.US_CA else WEEKENDS_ONLY
    return MailQuestionStart(
        mail_id=mail_id,
        purpose=purpose,
        policy=policy,
        zone=controller.zone,
        remind_on=calendar.after(today, REMIND_AFTER),
        due=calendar.after(today, ANSWER_AFTER),
        can_reply=can_reply,
    )


class Announce(Frozen):
    """Order: tell our own people of the task."""

    mail_id: str
    policy: str
    task: Task
    owners: tuple[Owner, ...]
    number: int = 0
    """The how manyth reminder; 0: the task was opened."""


class Over(Frozen):
    """Order: a question is over."""

    mail_id: str
    outcome: str
    reply: bool = False
    """Tell the sender how to make a request."""


class MailQuestions:
    """The hands of the workflow of the same name."""

    def __init__(self, mail: Mail, outbox: Outbox, vault: Vault, ledger: Ledger, policies: Policies) -> None:
        self._mail = mail
        self._outbox = outbox
        self._vault = vault
        self._ledger = ledger
        self._policies = policies

    @activity.defn
    async def announce_mail(self, order: Announce) -> None:
        """Tell a task's owners; its text stays in the vault."""
        people = (await self._policies.get(order.policy)).terms.people
        task = order.task
        letter = TaskOpened(
            request_id=order.mail_id, task_id=task.id, title=task.title, due=date.fromisoformat(task.due)
        )
        for owner in order.owners:
            await self._outbox.to_staff(owner.address(people), letter, task.id, str(order.number), owner)

    @activity.defn
    async def end_mail(self, order: Over) -> None:
        """Send the reply where it is due, once; then say that the question is over: its key goes."""
        if order.reply:
            await self._reply(order.mail_id)
        facts: dict[str, str | int | bool | None] = {"outcome": order.outcome, "replied": order.reply}
        await self._ledger.journal.append(order.mail_id, "over", "the question about a mail is over", facts)
        await self._ledger.mails.end(order.mail_id, order.outcome)

    async def _reply(self, mail_id: str) -> None:
        note = await self._vault.get_model(mail_id, NOTE, MailNote)
        letter_id = f"{mail_id}:{HOW_TO_ASK}"
        if note.sender and await self._ledger.letters.claim(letter_id, mail_id, HOW_TO_ASK):
            subject, text = reply(note)
            await self._mail.send(note.sender, subject, text, letter_id.replace(":", "."))
            digest = hashlib.sha256(f"{subject}\0{text}\0".encode()).hexdigest()
            await self._ledger.letters.sent(letter_id, digest)
