"""Stripe, the payment processor: customers, and what they paid.

A person may be several customers, each with invoices, charges, payment intents and checkout sessions: a record each, so
that the plan can erase the one and retain the others for tax. stripe_search.py says how they are found, and
stripe_erasure.py what becomes of them. stripe_config.py has an example of the entry.

What no call can do: change or delete what was paid (redaction jobs, a preview, can take the person out of it); delete a
customer without cancelling its subscriptions; find a payment by its address that was made with neither a customer nor a
checkout session. Nothing there takes a customer out of use reversibly.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from connectors.connector import Ability, Connector, TryLater
from connectors.http import together
from connectors.stripe_account import CUSTOMER, Account, without_secrets
from connectors.stripe_config import StripeConfig
from connectors.stripe_correction import Correction
from connectors.stripe_erasure import SUBSCRIPTIONS, Erasure
from connectors.stripe_records import at_stripe, is_customer, kind_of
from connectors.stripe_search import Search
from connectors.stripe_walk import Walk
from dsar.correction import Field, Values
from dsar.identity import Identity
from dsar.records import Exported, Located, Outcome, Record, Walked


class Stripe(Connector):
    """One Stripe account."""

    Config = StripeConfig
    can: ClassVar[frozenset[Ability]] = frozenset(
        {Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.RECTIFY, Ability.WALK}
    )

    def __init__(self, config: StripeConfig) -> None:
        super().__init__(config)
        self._account = Account(config)
        self._search = Search(self._account)
        self._walk = Walk(self._account)
        self._erasure = Erasure(self._account, self.manually)
        self._correction = Correction(self._account, self._erasure.held, self.manually)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """A page of customers, or of what one of them paid. Teaches customer numbers."""
        return await self._search.page(identity, cursor)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """Customers with saved ways to pay, tax ids and subscriptions; what was paid with its lines and disputes."""
        exported = await together(self._exported(record) for record in records)
        return [each for each in exported if each is not None]

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete customers without subscriptions; redact what may be redacted; the rest is a person's task."""
        outcomes = await together(self._erasure.make(record) for record in records)
        for unfinished in outcomes:
            if isinstance(unfinished, TryLater):  # only now: it should hold up nobody else's erasure
                raise unfinished
        return [outcome for outcome in outcomes if isinstance(outcome, Outcome)]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Whether each is gone, or redacted: asked by its id, because Stripe's search lags behind."""
        return await together(self._erasure.check(record) for record in records)

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        """What each customer's address, name, phone and postal address say; a payment has no field to correct."""
        said = await together(self._correction.said(record) for record in records)
        return [None if each is None else {f: v for f, v in each.items() if f in fields} for each in said]

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        """Change customers. What they paid keeps what it said on its day, and saved cards their billing address."""
        return await together(
            self._correction.make(record, wished) for record, wished in zip(records, values, strict=True)
        )

    async def walk(self, cursor: str | None = None) -> Walked:
        """A page of all customers, then of all that was paid: one request."""
        return await self._walk.page(cursor)

    def manually(self, record: Record, what: str) -> str:
        """With the address at which the dashboard shows it."""
        return f"{super().manually(record, what)}\n{at_stripe(record)}"

    async def close(self) -> None:
        """Release the connections."""
        await self._account.http.close()

    async def _exported(self, record: Record) -> Exported | None:
        held = await self._erasure.held(record)
        if held is None:
            return None
        data = {kind_of(record)[0]: without_secrets(held), **await self._beside(record, held)}
        return Exported(record_id=record.id, category=record.category, label=record.label, data=data)

    async def _beside(self, record: Record, held: dict[str, Any]) -> dict[str, Any]:
        """What belongs to it and is listed elsewhere."""
        everything = self._account.everything
        kind, thing = kind_of(record)
        if is_customer(record):
            return {
                "payment_methods": await everything(f"{CUSTOMER}/payment_methods", thing),
                "tax_ids": await everything(f"{CUSTOMER}/tax_ids", thing),
                "subscriptions": await everything(SUBSCRIPTIONS, customer=thing, status="all"),
            }
        match kind:
            case "invoice":
                return {"lines": await everything("/v1/invoices/{}/lines", thing)}
            case "checkout_session":
                return {"line_items": await everything("/v1/checkout/sessions/{}/line_items", thing)}
            case "charge" if held.get("disputed"):
                return {"disputes": await everything("/v1/disputes", charge=thing)}
        return {}
