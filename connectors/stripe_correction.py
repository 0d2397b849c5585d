"""What a Stripe customer says of a person, and making it say something else.

Nothing is written that could not be put back by its text alone. What was paid keeps what it said on its day: Stripe
changes no finalised invoice and no charge, and a receipt is not to be changed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.http import Answer
from connectors.postal import changed, in_line
from connectors.stripe_account import CUSTOMER, GONE, Account
from connectors.stripe_answers import Customer, Refusal
from connectors.stripe_records import is_customer, kind_of
from dsar.correction import Field, Values, says
from dsar.records import Outcome, OutcomeKind, Record

PLAIN = {Field.EMAIL: 512, Field.NAME: 256, Field.PHONE: 20}
"""The fields that are texts, and how long Stripe takes them."""
PARTS = ("line1", "line2", "city", "state", "postal_code", "country")
OR_REFUSED = frozenset({200, 400, GONE})

ByHand = Callable[[Record, str], str]
"""A record, and what is wanted of a person there -> their instructions."""


class Correction:
    """Reads and corrects one customer at a time, by its id."""

    def __init__(self, account: Account, payment_is_there: Callable[[Record], Any], by_hand: ByHand) -> None:
        self._account = account
        self._payment_is_there = payment_is_there
        self._by_hand = by_hand

    async def said(self, record: Record) -> dict[Field, str] | None:
        """All that a customer says; of a payment nothing, because nothing can be changed. `None` when it is gone."""
        if not is_customer(record):
            return {} if await self._payment_is_there(record) else None
        customer = await self._account.customer(kind_of(record)[1])
        return None if customer is None else said_by(customer)

    async def make(self, record: Record, wished: Values) -> Outcome:
        """Make a customer say these values."""
        if not is_customer(record):
            there = await self._payment_is_there(record)
            return Outcome(record_id=record.id, kind=OutcomeKind.RECTIFIED if there else OutcomeKind.NOT_FOUND)
        customer = await self._account.customer(kind_of(record)[1])
        if customer is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        held = said_by(customer)
        new = {name: value for name, value in wished.items() if name in held and held[name] != value}
        form, by_hand = planned(customer, new)
        if form:
            answer = await self._written(customer, form, held)
            if answer.status == GONE:
                return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
            by_hand |= _left(answer, {name: value for name, value in new.items() if name not in by_hand})
        if not by_hand:
            return Outcome(record_id=record.id, kind=OutcomeKind.RECTIFIED)
        lines = [f"Set {name.replace('_', ' ')} to {wished[name]!r}: {why}" for name, why in by_hand.items()]
        instructions = self._by_hand(record, "\n".join(lines))
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)

    async def _written(self, customer: Customer, form: Mapping[str, str], held: Values) -> Answer:
        known = sorted(held.items())
        return await self._account.write(CUSTOMER, customer.id, form=form, known=known, ok=OR_REFUSED)


def said_by(customer: Customer) -> dict[Field, str]:
    """All that a customer says."""
    plain = {field: str(getattr(customer, field.value) or "") for field in PLAIN}
    return plain | {Field.ADDRESS: in_line(customer.address or {}, PARTS)}


def planned(customer: Customer, new: Values) -> tuple[dict[str, str], dict[Field, str]]:
    """The form that says these values, which the customer does not say yet, and why a person has to do the others."""
    form: dict[str, str] = {}
    by_hand: dict[Field, str] = {}
    for field, value in new.items():
        if field is Field.ADDRESS:
            if (parts := _address(customer.address, value)) is None:
                by_hand[field] = "which part of it is what Stripe asks for cannot be told, now or before."
            else:
                form |= parts
        elif len(value) > PLAIN[field]:
            by_hand[field] = f"Stripe takes {PLAIN[field]} letters at most."
        else:
            form[field.value] = value
    return form, by_hand


def _address(held: Mapping[str, Any] | None, wished: str) -> dict[str, str] | None:
    """The form's fields for an address; `None` where a person has to tell its parts."""
    if held is not None and not in_line(held, PARTS):
        held = None
    parts = changed(held or {}, wished, PARTS)
    if parts is None:
        return None
    return {f"address[{name}]": value for name, value in parts.items()} if wished else {"address": ""}


def _left(answer: Answer, wished: Values) -> dict[Field, str]:
    """What Stripe did not do of what it was asked for."""
    if answer.status == 400:
        return dict.fromkeys(wished, f"Stripe refuses it ({answer.read(Refusal).error.message}).")
    now = said_by(answer.read(Customer))
    return {name: "Stripe keeps something else." for name, value in wished.items() if not says(name, now[name], value)}
