"""Writing to people: the acknowledgement with its code, the answer with its link, alarms to our own."""

import secrets
from collections.abc import Sequence

from temporalio import activity

from activities.letter_forms.forms import Letter, write
from activities.letter_orders import (
    Acknowledge,
    Acknowledged,
    AnotherCode,
    Answer,
    Extend,
    Lift,
    Pause,
    Recipient,
    Refusal,
    Release,
    Resumed,
    Ring,
    TaskOpened,
)
from activities.mail import Mail
from activities.policies import Policies
from connectors.connector import Connector, NeedsPerson, TryLater
from dsar import disclosures
from dsar.case import Owner
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.letters import LetterKind
from dsar.proof import CODE_DIGITS, SentCode, digest
from ledger.ledger import Ledger
from vault.vault import Vault

ADDRESS = "address"
"""The vault's name for the address on file."""


class _Code(Frozen):
    """A code as it lies in the vault."""

    code: str
    sent: SentCode


class Letters:
    """The pen: every letter is claimed in the ledger before it is sent, and its hash kept after."""

    def __init__(
        self,
        mail: Mail,
        vault: Vault,
        ledger: Ledger,
        policies: Policies,
        directory: Sequence[Connector],
        public_url: str,
    ) -> None:
        self._mail = mail
        self._vault = vault
        self._ledger = ledger
        self._policies = policies
        self._directory = directory
        self._public_url = public_url.rstrip("/")

    @activity.defn
    async def acknowledge(self, order: Acknowledge) -> Acknowledged:
        """Find the address on file and send it the acknowledgement, with a code where one is asked for.

        A code goes only to an address that the claims lead to, never to where the request came from.
        """
        address, proves = await self._address_on_file(order.identity)
        if address is None:
            return Acknowledged(sent=_decoy(), reached=False)
        await self._vault.put(order.request_id, ADDRESS, address.encode())
        made = await self._code(order.request_id, 1) if order.code else None
        letter = await self._letter(
            LetterKind.ACKNOWLEDGEMENT,
            order,
            answer_by=order.answer_by,
            code=made.code if made else "",
            shared_with=order.shared_with,
            in_person=order.in_person,
        )
        await self._send(order, address, LetterKind.ACKNOWLEDGEMENT, letter)
        return Acknowledged(sent=made.sent if made else _decoy(), proves=proves)

    @activity.defn
    async def send_another_code(self, order: AnotherCode) -> SentCode:
        """Send a fresh code to the address on file; where there is none, nothing is sent, and nothing shows it."""
        if not await self._vault.exists(order.request_id, ADDRESS):
            return _decoy()
        made = await self._code(order.request_id, order.number)
        await self._to_person(LetterKind.CODE, order, str(order.number), code=made.code)
        return made.sent

    @activity.defn
    async def announce_extension(self, order: Extend) -> None:
        """Tell the person, with the reason, until when it will take."""
        await self._to_person(LetterKind.EXTENSION, order, reason=order.reason, answer_by=order.answer_by)

    @activity.defn
    async def announce_pause(self, order: Pause) -> None:
        """Ask the person something, and say what that does to the time."""
        what = {"what": order.what, "question": order.question}
        part = order.what.split()[0]
        await self._to_person(LetterKind.PAUSE, order, part, paused=order.paused, answer_by=order.answer_by, **what)

    @activity.defn
    async def announce_resumed(self, order: Resumed) -> None:
        """Say that the time runs again, and until when."""
        await self._to_person(LetterKind.RESUMED, order, order.answer_by.isoformat(), answer_by=order.answer_by)

    @activity.defn
    async def announce_lift(self, order: Lift) -> None:
        """Say that a restriction is about to end (GDPR 18(3))."""
        await self._to_person(LetterKind.LIFT, order, reason=order.reason)

    @activity.defn
    async def answer(self, order: Answer) -> None:
        """Send the answer, with a fresh single-use link where there is something to download."""
        policy = await self._policies.get(order.policy)
        url = ""
        if order.package and order.link_expires:
            token = await self._ledger.links.issue(order.request_id, order.package, order.link_expires)
            url = f"{self._public_url}/v1/downloads/{token}"
        await self._to_person(
            LetterKind.ANSWER,
            order,
            result=order.result,
            titles=order.titles,
            categories=order.categories,
            url=url,
            valid_until=order.link_expires.date() if order.link_expires else None,
            purposes=disclosures.purposes(policy),
            kept_for=disclosures.kept(policy, order.categories),
            recipients=disclosures.recipients(order.titles.values()),
            meanwhile={name: category.use_meanwhile for name, category in policy.categories.items()},
        )

    @activity.defn
    async def refuse(self, order: Refusal) -> None:
        """Say that the request is refused, with the reasons and with what the person can do (GDPR 12(4))."""
        await self._to_person(LetterKind.REFUSAL, order, reasons=order.reasons)

    @activity.defn
    async def deny_unverified(self, order: Recipient) -> None:
        """Say that the request is denied for want of proof, and what the person can do."""
        await self._to_person(LetterKind.DENIAL, order)

    @activity.defn
    async def confirm_cancellation(self, order: Recipient) -> None:
        """Say that everything is as it was."""
        await self._to_person(LetterKind.CANCELLATION, order)

    @activity.defn
    async def announce_release(self, order: Release) -> None:
        """Say that what had to be kept is erased now."""
        await self._to_person(LetterKind.RELEASE, order, count=order.records)

    @activity.defn
    async def ring(self, order: Ring) -> None:
        """Wake those whom the alarm is for."""
        people = (await self._policies.get(order.policy)).terms.people
        alarm = order.alarm
        facts = {"alarm": alarm.kind, "days_left": alarm.days_left, "due": order.due, "safe": order.safe}
        letter = await self._letter(LetterKind.ALARM, order, **facts)
        for owner in alarm.owners:
            await self._send(order, owner.address(people), LetterKind.ALARM, letter, f"{alarm.at:%Y-%m-%d}:{owner}")

    @activity.defn
    async def announce_task(self, order: TaskOpened) -> None:
        """Tell a task's owner. The instructions stay in the system: mail is no place for identifiers."""
        people = (await self._policies.get(order.policy)).terms.people
        task = order.task
        letter = await self._letter(LetterKind.TASK, order, task_id=task.id, title=task.title, due=task.due)
        await self._send(order, Owner(task.owner).address(people), LetterKind.TASK, letter, task.id)

    async def _address_on_file(self, identity: Identity) -> tuple[str | None, frozenset[Key]]:
        """The one address that the claims lead to, and the claims that its code proves.

        An email proves itself. Other claims are looked up in the systems that know addresses, and are proved
        only by an address found there. Two addresses are an ambiguity: none is written to, a person decides.
        """
        claimed = {i.kind for i in identity.identifiers}
        found: set[str] = set()
        for connector in self._directory if claimed - {Key.EMAIL, Key.NAME} else ():
            try:
                learned = Identity(identifiers=(await connector.locate(identity)).learned)
            except NeedsPerson as error:
                raise TryLater(error.why) from None  # nobody can be written to before it is mended
            found |= set(learned.values(Key.EMAIL))
        emails = identity.values(Key.EMAIL)
        if emails:
            same = found and all(identity.knows(Key.EMAIL, address) for address in found)
            return emails[0], frozenset(claimed if same else {Key.EMAIL})
        if len(found) == 1:
            return found.pop(), frozenset(claimed)
        return None, frozenset()

    async def _code(self, request_id: str, number: int) -> _Code:
        """The request's code of this number, made once: a repeat sends and answers with the same one."""
        name = f"code/{number}"
        if await self._vault.exists(request_id, name):
            return await self._vault.get_model(request_id, name, _Code)
        code, salt = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}", secrets.token_hex(16)
        made = _Code(code=code, sent=SentCode(salt=salt, digest=digest(code, salt)))
        await self._vault.put_model(request_id, name, made)
        return made

    async def _letter(self, kind: LetterKind, order: Recipient, **facts: object) -> Letter:
        """The form of a letter, filled in with what every letter may say and what this one does."""
        controller = (await self._policies.get(order.policy)).controller
        regime = order.regime or controller.regime
        common = {
            "controller": controller,
            "request_id": order.request_id,
            "right": order.right,
            "authority": disclosures.authority(regime),
            "court": regime in disclosures.COURT,
            "may_appeal": disclosures.may_appeal(regime, order.right),
        }
        return write(kind, {**common, **facts})

    async def _to_person(self, kind: LetterKind, order: Recipient, part: str = "", **facts: object) -> None:
        letter = await self._letter(kind, order, **facts)
        if await self._vault.exists(order.request_id, ADDRESS):
            address = (await self._vault.get(order.request_id, ADDRESS)).decode()
        else:  # an answer is owed all the same
            address = (await self._policies.get(order.policy)).terms.people.privacy_lead
            letter = write("pass_on", {"letter": letter})
        await self._send(order, address, kind, letter, part)

    async def _send(self, order: Recipient, address: str, kind: LetterKind, letter: Letter, part: str = "") -> None:
        letter_id = ":".join(filter(None, (order.request_id, kind, part)))
        if await self._ledger.letters.claim(letter_id, order.request_id, kind):
            await self._mail.send(address, letter, letter_id.replace(":", "."))
            await self._ledger.letters.sent(letter_id, letter.sha256)


def _decoy() -> SentCode:
    """Looks like a code's digest, and is none's."""
    return SentCode(salt=secrets.token_hex(16), digest=secrets.token_hex(32))
