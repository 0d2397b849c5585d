"""Writing to people: the acknowledgement with its code, the answer with its link, alarms to our own."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime

from temporalio import activity

from activities.mail import Mail
from activities.policies import Policies
from connectors.connector import Connector, NeedsPerson, TryLater
from dsar import letters
from dsar.alarms import Alarm
from dsar.case import Owner, Task
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.letters import Letter
from dsar.outcomes import Result
from dsar.proof import CODE_DIGITS, SentCode, digest
from dsar.requests import Right
from ledger.ledger import Ledger
from vault.vault import Vault

ADDRESS = "address"
"""The vault's name for the address on file."""


class Recipient(Frozen):
    """Whom a letter is for, by request; the address itself stays in the vault."""

    request_id: str
    right: Right
    policy: str


class Acknowledge(Recipient):
    """Order: confirm receipt, and send the code that proves who asks."""

    identity: Identity
    answer_by: date


class Acknowledged(Frozen):
    """The code that was sent, and which claims it proves.

    Where no address is on file, a decoy that no code fits: whoever tries codes must not learn whom we know.
    """

    sent: SentCode
    proves: frozenset[Key] = frozenset()
    reached: bool = True


class AnotherCode(Recipient):
    """Order: a fresh code, the `number`th of this request."""

    number: int


class Extend(Recipient):
    """Order: tell the person that more time is needed."""

    reason: str
    answer_by: date


class Answer(Recipient):
    """Order: the answer. `package` is the vault's name of what can be downloaded until `link_expires`."""

    result: Result
    titles: dict[str, str]
    package: str | None = None
    link_expires: datetime | None = None


class Release(Recipient):
    """Order: tell the person that what had to be kept is erased."""

    records: int


class Ring(Recipient):
    """Order: wake people."""

    alarm: Alarm
    due: date
    safe: date


class TaskOpened(Recipient):
    """Order: a person has to act."""

    task: Task


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
        """Find the address on file and send it the acknowledgement with a code.

        A code goes only to an address that the claims lead to, never to where the request came from.
        """
        address, proves = await self._address_on_file(order.identity)
        if address is None:
            return Acknowledged(sent=_decoy(), reached=False)
        await self._vault.put(order.request_id, ADDRESS, address.encode())
        controller = (await self._policies.get(order.policy)).controller
        made = await self._code(order.request_id, 1)
        letter = letters.acknowledgement(order.right, controller, order.request_id, order.answer_by, made.code)
        await self._send(order, address, letter)
        return Acknowledged(sent=made.sent, proves=proves)

    @activity.defn
    async def send_another_code(self, order: AnotherCode) -> SentCode:
        """Send a fresh code to the address on file; where there is none, nothing is sent, and nothing shows it."""
        if not await self._vault.exists(order.request_id, ADDRESS):
            return _decoy()
        controller = (await self._policies.get(order.policy)).controller
        made = await self._code(order.request_id, order.number)
        await self._to_person(order, letters.another_code(controller, order.request_id, made.code), str(order.number))
        return made.sent

    @activity.defn
    async def announce_extension(self, order: Extend) -> None:
        """Tell the person, with the reason, until when it will take."""
        controller = (await self._policies.get(order.policy)).controller
        await self._to_person(order, letters.extension(controller, order.request_id, order.reason, order.answer_by))

    @activity.defn
    async def answer(self, order: Answer) -> None:
        """Send the answer, with a fresh single-use link where there is something to download."""
        controller = (await self._policies.get(order.policy)).controller
        letter = letters.answer(order.right, controller, order.request_id, order.result, order.titles)
        if order.package and order.link_expires:
            token = await self._ledger.links.issue(order.request_id, order.package, order.link_expires)
            url = f"{self._public_url}/v1/downloads/{token}"
            letter = letters.download(letter, url, order.link_expires.date())
        await self._to_person(order, letter)

    @activity.defn
    async def deny_unverified(self, order: Recipient) -> None:
        """Say that the request is denied for want of proof, and what the person can do."""
        controller = (await self._policies.get(order.policy)).controller
        await self._to_person(order, letters.denial(order.right, controller, order.request_id))

    @activity.defn
    async def confirm_cancellation(self, order: Recipient) -> None:
        """Say that everything is as it was."""
        controller = (await self._policies.get(order.policy)).controller
        await self._to_person(order, letters.cancellation(controller, order.request_id))

    @activity.defn
    async def announce_release(self, order: Release) -> None:
        """Say that what had to be kept is erased now."""
        controller = (await self._policies.get(order.policy)).controller
        await self._to_person(order, letters.release(controller, order.request_id, order.records))

    @activity.defn
    async def ring(self, order: Ring) -> None:
        """Wake those whom the alarm is for."""
        people = (await self._policies.get(order.policy)).terms.people
        letter = letters.alarm(order.alarm, order.right, order.request_id, order.due, order.safe)
        for owner in order.alarm.owners:
            await self._send(order, owner.address(people), letter, f"{order.alarm.at:%Y-%m-%d}:{owner}")

    @activity.defn
    async def announce_task(self, order: TaskOpened) -> None:
        """Tell a task's owner."""
        people = (await self._policies.get(order.policy)).terms.people
        task = order.task
        letter = letters.task_opened(order.request_id, task.id, task.title, task.due)
        await self._send(order, Owner(task.owner).address(people), letter, task.id)

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

    async def _to_person(self, order: Recipient, letter: Letter, part: str = "") -> None:
        if await self._vault.exists(order.request_id, ADDRESS):
            address = (await self._vault.get(order.request_id, ADDRESS)).decode()
        else:
            address = (await self._policies.get(order.policy)).terms.people.privacy_lead
            letter = letters.to_pass_on(letter)
        await self._send(order, address, letter, part)

    async def _send(self, order: Recipient, address: str, letter: Letter, part: str = "") -> None:
        letter_id = ":".join(filter(None, (order.request_id, letter.kind, part)))
        if await self._ledger.letters.claim(letter_id, order.request_id, letter.kind):
            await self._mail.send(address, letter.subject, letter.body, letter_id.replace(":", "."))
            await self._ledger.letters.sent(letter_id, hashlib.sha256(letter.body.encode()).hexdigest())


def _decoy() -> SentCode:
    """Looks like a code's digest, and is none's."""
    return SentCode(salt=secrets.token_hex(16), digest=secrets.token_hex(32))
