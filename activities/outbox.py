"""The way out of every letter: put into words, claimed in the ledger, sent, and its hash kept."""

from collections.abc import Sequence

from activities.letter_forms import DEFAULT, LetterForms
from activities.letter_orders import Recipient
from activities.mail import Mail
from activities.policies import Policies
from dsar.letters import Letter, LetterKind, ToPerson, ToStaff
from ledger.ledger import Ledger
from vault.vault import Vault

ADDRESS = "address"
"""The vault's name for the address on file."""
AGENT_ADDRESS = "agency/address"
"""The vault's name for the address of who asks for the person."""


class Outbox:
    """Sends each letter once."""

    def __init__(self, mail: Mail, vault: Vault, ledger: Ledger, policies: Policies, forms: LetterForms) -> None:
        self._mail = mail
        self._vault = vault
        self._ledger = ledger
        self._policies = policies
        self._forms = forms

    async def to_person(self, order: Recipient, letter: ToPerson, *parts: str) -> None:
        """To the address on file; where there is none, to the privacy lead to pass on: an answer is owed all the same.

        `parts` tell letters of one kind apart, of which a request may have several. Only the answer goes elsewhere, to
        the agent, where the permission says so and the person does.
        """
        if order.to_agent and letter.kind is LetterKind.ANSWER:
            address = (await self._vault.get(order.request_id, AGENT_ADDRESS)).decode()
            return await self._send(order.request_id, address, letter, parts, order.language)
        if pass_on := not await self._vault.exists(order.request_id, ADDRESS):
            address = (await self._policies.get(order.policy)).terms.people.privacy_lead
        else:
            address = (await self._vault.get(order.request_id, ADDRESS)).decode()
        return await self._send(order.request_id, address, letter, parts, order.language, pass_on=pass_on)

    async def to_address(self, order: Recipient, address: str, letter: ToPerson, *parts: str) -> None:
        """To another address of the person's than the one on file: one that they had before."""
        await self._send(order.request_id, address, letter, parts, order.language)

    async def to_staff(self, address: str, letter: ToStaff, *parts: str) -> None:
        """To one of our own people."""
        await self._send(letter.request_id, address, letter, parts, DEFAULT)

    async def _send(
        self, owner: str, address: str, letter: Letter, parts: Sequence[str], language: str, *, pass_on: bool = False
    ) -> None:
        letter_id = ":".join(filter(None, (owner, letter.kind, *parts)))
        if await self._ledger.letters.claim(letter_id, owner, letter.kind):
            written = self._forms.write(letter, language, pass_on=pass_on)
            message_id = letter_id.replace(":", ".")
            await self._mail.send(address, written.subject, written.text, message_id, html=written.html)
            await self._ledger.letters.sent(letter_id, written.sha256)
