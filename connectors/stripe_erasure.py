"""Erasing at Stripe: customers are deleted, what they paid is kept, and it is said so.

A deleted customer keeps an id and nothing else; saved cards, tax ids and discounts go with it. Charges,
payment intents, checkout sessions and finalised invoices keep name, address and what else stood on them: they are
records of their own, which policy retains for tax; when their time is over, Stripe redacts them where it admitted the
account to that, and otherwise a person asks Stripe. No address leads to the payments of a deleted customer any more:
the hold that keeps them knows them by their ids, and a walk through all payments meets them.

Deleting a customer also cancels whatever subscriptions it has, at once and for good, and a balance is lost with it.
That is not what a request for erasure asks for: a person settles it first.
"""

from collections.abc import Callable

from connectors.connector import TryLater
from connectors.http import together
from connectors.stripe_account import CUSTOMER, GONE, NO_SUCH, Account
from connectors.stripe_answers import Customer, Payment, Refusal, is_redacted
from connectors.stripe_records import PAYMENTS, WORDS, at_stripe, is_customer, kind_of, known_by
from connectors.stripe_redaction import Redaction
from dsar.records import Outcome, OutcomeKind, Record

SUBSCRIPTIONS = "/v1/subscriptions"
OVER = frozenset({"canceled", "incomplete_expired"})
"""A subscription in any other status is cancelled by deleting its customer."""

ByHand = Callable[[Record, str], str]


class Erasure:
    """One record at a time."""

    def __init__(self, account: Account, by_hand: ByHand) -> None:
        self._account = account
        self._by_hand = by_hand
        self._redaction = Redaction(account, by_hand) if account.config.redaction_version else None

    async def make(self, record: Record) -> Outcome | TryLater:
        """Delete or redact what is there; a redaction that cannot run yet is to be tried again."""
        thing = await self.held(record)
        if thing is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if self._is_anonymous(record, thing):
            return Outcome(record_id=record.id, kind=OutcomeKind.ANONYMISED)
        if is_customer(record):
            return await self._customer(record, Customer.model_validate(thing))
        if self._redaction:
            return await self._redaction.take_on(record)
        words = (
            f"Stripe's interface deletes no {WORDS[kind_of(record)[0]]}. Ask Stripe's support to redact "
            f"{at_stripe(record)}, or to admit the account to redaction jobs (then name their version in systems.toml)."
        )
        return self._left(record, words)

    async def check(self, record: Record) -> Outcome:
        """Whether it is gone, or says nothing of anybody any more."""
        thing = await self.held(record)
        if thing is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
        if self._is_anonymous(record, thing):
            return Outcome(record_id=record.id, kind=OutcomeKind.ANONYMISED)
        reason = f"Stripe still has the {WORDS[kind_of(record)[0]]}"
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason=reason)

    async def held(self, record: Record) -> dict[str, object] | None:
        """What Stripe has of it, asked by its id and not by a search, which may lag; `None` when it is gone."""
        kind, thing = kind_of(record)
        return await self._account.read(CUSTOMER if is_customer(record) else f"{PAYMENTS[kind]}/{{}}", thing)

    def _is_anonymous(self, record: Record, thing: dict[str, object]) -> bool:
        """Whether personal data was taken out, and nothing is left of what it could be found by.

        The first alone would believe a redaction that is still under way, and what somebody typed into a field. Stripe
        says that what stands there may be "similar" to its usual placeholder.
        """
        if is_customer(record):
            said = [each.value for each in known_by(Customer.model_validate(thing), self._account.config)]
        else:
            said = Payment.model_validate(thing).addresses
        return is_redacted(thing) and all("redacted" in each.casefold() for each in said)

    async def _customer(self, record: Record, held: Customer) -> Outcome | TryLater:
        customer = held.id
        if in_the_way := await self._in_the_way(held):
            words = (
                f"Deleting the customer would {' and '.join(in_the_way)}. Open {at_stripe(record)}, settle that as was "
                "agreed with the person, then delete the customer there."
            )
            return self._left(record, words)
        if self._redaction and not await self._has_paid(customer):
            return await self._redaction.take_on(record)
        answer = await self._account.http.request("DELETE", CUSTOMER, customer, ok=frozenset({200, GONE}))
        if answer.status == GONE and answer.read(Refusal).error.code == NO_SUCH:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if answer.status == 200 and answer.read(Customer).deleted:
            return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
        raise self._account.http.refusal(answer)

    async def _in_the_way(self, customer: Customer) -> list[str]:
        """What would be lost with the customer, in words."""
        subscriptions = await self._account.everything(SUBSCRIPTIONS, customer=customer.id, status="all")
        running = [str(each["id"]) for each in subscriptions if each.get("status") not in OVER]
        found = [f"cancel {len(running)} subscriptions at once ({', '.join(running)})"] if running else []
        if customer.balance:
            found.append(
                f"lose a balance of {customer.balance} {customer.currency or ''} (in cents; below 0: a credit)"
            )
        return found

    async def _has_paid(self, customer: str) -> bool:
        pages = await together(self._account.page(path, customer=customer) for path in PAYMENTS.values())
        return any(page.data for page in pages)

    def _left(self, record: Record, words: str) -> Outcome:
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=self._by_hand(record, words))
