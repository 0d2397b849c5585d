"""Writing to people: the acknowledgement with its code, the answer with its link, alarms to our own."""

from collections.abc import Sequence
from datetime import date

from temporalio import activity

from activities.address_on_file import AddressBook
from activities.codes import Codes, decoy
from activities.letter_forms import LetterForms
from activities.letter_head import head_of
from activities.letter_orders import (
    Acknowledge,
    Acknowledged,
    AnotherCode,
    Answer,
    Clarify,
    Extend,
    Lift,
    Pause,
    Proposed,
    Recipient,
    Refusal,
    Release,
    Resumed,
    Ring,
    TaskOpened,
)
from activities.mail import Mail
from activities.outbox import ADDRESS, Outbox
from activities.policies import Policies
from connectors.connector import Connector
from dsar import answers, letters
from dsar.answers import Download
from dsar.case import Owner, State
from dsar.proof import SentCode
from ledger.ledger import Ledger
from vault.vault import Vault

__all__ = [
    "ADDRESS", "Acknowledge", "Acknowledged", "AnotherCode", "Answer", "Clarify", "Extend", "Letters", "Lift", "Pause",
    "Proposed", "Recipient", "Refusal", "Release", "Resumed", "Ring", "TaskOpened",
]  # fmt: skip


class Letters:
    """The pen: every letter is claimed in the ledger before it is sent, and its hash kept after.

    Args:
        staff: whether our own people have pages to sign in at; letters to them then say which.
    """

    def __init__(
        self,
        mail: Mail,
        vault: Vault,
        ledger: Ledger,
        policies: Policies,
        directory: Sequence[Connector],
        public_url: str,
        forms: LetterForms | None = None,
        *,
        staff: bool = False,
    ) -> None:
        self._vault = vault
        self._ledger = ledger
        self._policies = policies
        self._addresses = AddressBook(directory)
        self._codes = Codes(vault)
        self._outbox = Outbox(mail, vault, ledger, policies, forms or LetterForms())
        self._public_url = public_url.rstrip("/")
        self._staff = f"{self._public_url}/staff" if staff else ""

    @activity.defn
    async def acknowledge(self, order: Acknowledge) -> Acknowledged:
        """Find the address on file and send it the acknowledgement, with a code where one is asked for.

        A code goes only to an address that the claims lead to, never to where the request came from.
        """
        address, proves = await self._addresses.find(order.identity)
        if address is None:
            return Acknowledged(sent=decoy(), reached=False)
        await self._vault.put(order.request_id, ADDRESS, address.encode())
        own_code = order.code and not (order.shared_with or order.otherwise)
        made = await self._codes.get(order.request_id, 1) if own_code else None
        letter = letters.Acknowledgement(
            head=await self._head(order),
            answer_by=order.answer_by,
            code=made.code if made else "",
            otherwise=order.otherwise and not order.shared_with,
            shared_with=order.shared_with,
            also=order.also,
            points=order.points,
            declaration=order.declaration,
        )
        await self._outbox.to_person(order, letter)
        return Acknowledged(sent=made.sent if made else decoy(), proves=proves)

    @activity.defn
    async def send_another_code(self, order: AnotherCode) -> SentCode:
        """Send a fresh code to the address on file; where there is none, nothing is sent, and nothing shows it."""
        if not await self._vault.exists(order.request_id, ADDRESS):
            return decoy()
        made = await self._codes.get(order.request_id, order.number)
        letter = letters.AnotherCode(head=await self._head(order), code=made.code, first=order.number == 1)
        await self._outbox.to_person(order, letter, str(order.number))
        return made.sent

    @activity.defn
    async def announce_extension(self, order: Extend) -> None:
        """Tell the person, with the reason, until when it will take."""
        letter = letters.Extension(head=await self._head(order), reason=order.reason, answer_by=order.answer_by)
        await self._outbox.to_person(order, letter)

    @activity.defn
    async def announce_pause(self, order: Pause) -> None:
        """Ask the person for what we wait for, and say what waiting does to the clock."""
        letter = letters.Pause(
            head=await self._head(order), waits_for=order.kind, question=order.question, until=order.until
        )
        await self._outbox.to_person(order, letter, order.kind, _nth(order.number))

    @activity.defn
    async def ask_clarification(self, order: Clarify) -> None:
        """Ask the person something, while the clock goes on."""
        letter = letters.Clarification(head=await self._head(order), question=order.question, answer_by=order.answer_by)
        await self._outbox.to_person(order, letter, _nth(order.number))

    @activity.defn
    async def announce_resumed(self, order: Resumed) -> None:
        """Tell the person that the clock runs again."""
        letter = letters.Resumed(head=await self._head(order), answer_by=order.answer_by)
        await self._outbox.to_person(order, letter, _nth(order.number))

    @activity.defn
    async def answer(self, order: Answer) -> None:
        """Send the answer, with a fresh single-use link where there is something to download; then the request is over.

        In one step: what the person was told, and that the request ended so, are known together.
        """
        if order.result.refused:
            return await self._refuse(order, (order.result.refused,))
        letter = answers.answer(
            await self._head(order),
            order.result,
            order.titles,
            await self._policies.get(order.policy),
            detail=order.detail,
            categories=order.categories,
            consents=order.consents,
            decision=order.decision,
            lowered=order.lowered,
            download=await self._download(order),
        )
        await self._outbox.to_person(order, letter)
        await self._ledger.journal.append(
            order.request_id, "ended", "answered", state=State.ANSWERED, closed=order.ending
        )
        return None

    @activity.defn
    async def refuse(self, order: Refusal) -> None:
        """Refuse by a person's decision, and say what can be done against it."""
        await self._refuse(order, order.reasons)

    @activity.defn
    async def deny_unverified(self, order: Recipient) -> None:
        """Say that the request is denied for want of proof, and what the person can do."""
        await self._outbox.to_person(order, letters.Denial(head=await self._head(order)))

    @activity.defn
    async def announce_lift(self, order: Lift) -> None:
        """Say that a restriction ends, before it does."""
        letter = letters.Lift(head=await self._head(order), reason=order.reason, on=order.on)
        await self._outbox.to_person(order, letter, _nth(order.number))

    @activity.defn
    async def confirm_cancellation(self, order: Recipient) -> None:
        """Say that everything is as it was."""
        await self._outbox.to_person(order, letters.Cancellation(head=await self._head(order)))

    @activity.defn
    async def announce_release(self, order: Release) -> None:
        """Say that what had to be kept is erased now."""
        await self._outbox.to_person(order, letters.Release(head=await self._head(order), records=order.records))

    @activity.defn
    async def ring(self, order: Ring) -> None:
        """Wake those whom the alarm is for."""
        people = (await self._policies.get(order.policy)).terms.people
        letter = letters.AlarmRings(
            request_id=order.request_id,
            page=self._staff and f"{self._staff}/requests/{order.request_id}",
            right=order.right,
            alarm=order.alarm,
            due=order.due,
            safe=order.safe,
        )
        for owner in order.alarm.owners:
            await self._outbox.to_staff(owner.address(people), letter, f"{order.alarm.at:%Y-%m-%d}:{owner}")

    @activity.defn
    async def announce_task(self, order: TaskOpened) -> None:
        """Tell a task's owner."""
        people = (await self._policies.get(order.policy)).terms.people
        task = order.task
        due = date.fromisoformat(task.due)
        letter = letters.TaskOpened(
            request_id=order.request_id,
            page=self._staff and f"{self._staff}/tasks/{task.id}",
            task_id=task.id,
            title=task.title,
            due=due,
            reminder=order.reminder,
        )
        parts = (task.id, order.again) if order.again else (task.id,)
        await self._outbox.to_staff(Owner(task.owner).address(people), letter, *parts)

    @activity.defn
    async def announce_proposal(self, order: Proposed) -> None:
        """Tell the privacy lead of records whose time is over, in one system."""
        people = (await self._policies.get(order.policy)).terms.people
        letter = letters.Proposal(
            request_id=order.sweep,
            page=self._staff and order.task_id and f"{self._staff}/tasks/{order.task_id}",
            system=order.title,
            records=order.records,
            task_id=order.task_id,
        )
        await self._outbox.to_staff(people.privacy_lead, letter, order.system)

    async def _refuse(self, order: Recipient, reasons: tuple[str, ...]) -> None:
        await self._outbox.to_person(order, letters.Refusal(head=await self._head(order), reasons=reasons))

    async def _head(self, order: Recipient) -> letters.Head:
        return await head_of(order, self._policies, self._public_url)

    async def _download(self, order: Answer) -> Download | None:
        if not (order.package and order.link_expires):
            return None
        token = await self._ledger.links.issue(order.request_id, order.package, order.link_expires)
        return Download(url=f"{self._public_url}/v1/downloads/{token}", until=order.link_expires.date())


def _nth(number: int) -> str:
    """What tells the second and later ones from the first."""
    return "" if number == 1 else str(number)
