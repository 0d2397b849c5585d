"""Writing about a request that somebody else makes for the person: to the person, and never to who says so."""

import secrets
from collections.abc import Sequence

from temporalio import activity

from activities.address_on_file import AddressBook
from activities.codes import Codes, decoy
from activities.letter_forms import LetterForms
from activities.letter_head import head_of
from activities.letter_orders import Acknowledge, Acknowledged, Recipient
from activities.mail import Mail
from activities.outbox import ADDRESS, AGENT_ADDRESS, Outbox
from activities.policies import Policies
from connectors.connector import Connector
from dsar import letters
from dsar.agency import Agent
from dsar.frozen import Frozen
from dsar.identity import Key, normalise
from dsar.proof import SentCode, digest
from ledger.ledger import Ledger
from vault.vault import Vault

TOKEN = "agency/token"  # noqa: S105 - the vault's name for it
"""The vault's name for the token of the link by which the person says whether they gave permission."""


class AcknowledgeAgent(Acknowledge):
    """Order: tell the person who asks for them, and ask whether that is so."""

    agent: Agent
    link: bool = True
    """Ask by a link; false: nothing hangs on the answer, or another request of the submission asks."""
    again: bool = False
    """The second letter: what the agent acted on was not accepted, and now the person is asked for a code."""


class AgentAcknowledged(Acknowledged):
    """What was sent to the person."""

    asked: SentCode | None = None
    """What tells the token of the link; `None`: no link was sent."""


class _Token(Frozen):
    token: str
    sent: SentCode


class Agency:
    """The pen, where an agent, a parent or a guardian asks."""

    def __init__(
        self,
        mail: Mail,
        vault: Vault,
        ledger: Ledger,
        policies: Policies,
        directory: Sequence[Connector],
        public_url: str,
        forms: LetterForms | None = None,
    ) -> None:
        self._vault = vault
        self._policies = policies
        self._addresses = AddressBook(directory)
        self._codes = Codes(vault)
        self._outbox = Outbox(mail, vault, ledger, policies, forms or LetterForms())
        self._public_url = public_url.rstrip("/")

    @activity.defn
    async def acknowledge_agent(self, order: AcknowledgeAgent) -> AgentAcknowledged:
        """Write to the person's address on file, which is never the agent's: whatever an agent says, they hear of it.

        A forged permission leads to this letter and to nothing else.
        """
        if order.agent.email:
            await self._vault.put(order.request_id, AGENT_ADDRESS, order.agent.email.encode())
        address, proves = await self._of_the_person(order)
        if address is None:
            return AgentAcknowledged(sent=decoy(), reached=False)
        await self._vault.put(order.request_id, ADDRESS, address.encode())
        made = await self._codes.get(order.request_id, 1) if order.code else None
        link = await self._token(order.request_id) if order.link else None
        letter = await self._letter(order, made.code if made else "", link)
        await self._outbox.to_person(order, letter, "again" if order.again else "")
        return AgentAcknowledged(sent=made.sent if made else decoy(), proves=proves, asked=link.sent if link else None)

    @activity.defn
    async def disown(self, order: Recipient) -> None:
        """Tell the person that it is ended, and the privacy lead that it was a fraud."""
        await self._outbox.to_person(order, letters.Disowned(head=await self._head(order)))
        people = (await self._policies.get(order.policy)).terms.people
        await self._outbox.to_staff(people.privacy_lead, letters.Fraud(request_id=order.request_id, right=order.right))

    async def _of_the_person(self, order: AcknowledgeAgent) -> tuple[str | None, frozenset[Key]]:
        """The address on file; where the records lead to the agent's own, there is none: a person finds another way."""
        address, proves = await self._addresses.find(order.identity)
        if address and order.agent.email and normalise(Key.EMAIL, address) == normalise(Key.EMAIL, order.agent.email):
            return None, frozenset()
        return address, proves

    async def _letter(self, order: AcknowledgeAgent, code: str, link: _Token | None) -> letters.AgentAsks:
        return letters.AgentAsks(
            head=await self._head(order),
            answer_by=order.answer_by,
            agent=order.agent,
            code=code,
            shared_with=order.shared_with,
            also=order.also,
            points=order.points,
            declaration=order.declaration,
            url=f"{self._public_url}/privacy/permission/{order.request_id}/{link.token}" if link else "",
        )

    async def _token(self, request_id: str) -> _Token:
        """The request's token, made once: a repeat of the letter has the same."""
        if await self._vault.exists(request_id, TOKEN):
            return await self._vault.get_model(request_id, TOKEN, _Token)
        token, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
        made = _Token(token=token, sent=SentCode(salt=salt, digest=digest(token, salt)))
        await self._vault.put_model(request_id, TOKEN, made)
        return made

    async def _head(self, order: Recipient) -> letters.Head:
        return await head_of(order, self._policies, self._public_url)
