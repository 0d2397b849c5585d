"""What Stripe's objects are to a privacy request: records, and whose they say they are."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from connectors.stripe_answers import REDACTED, Customer, Payment
from connectors.stripe_config import StripeConfig
from dsar.identity import Identifier, Identity, Key
from dsar.records import Anchor, Record, Sighting

CUSTOMER_KIND = "customer"

PAYMENTS: Mapping[str, str] = {
    "invoice": "/v1/invoices",
    "charge": "/v1/charges",
    "payment_intent": "/v1/payment_intents",
    "checkout_session": "/v1/checkout/sessions",
}
"""What is kept of a payment, by the kind that stands in a record's id, and where it is listed."""

WORDS = {
    CUSTOMER_KIND: "customer",
    "invoice": "invoice",
    "charge": "charge",
    "payment_intent": "payment intent",
    "checkout_session": "checkout session",
}


def kind_of(record: Record) -> tuple[str, str]:
    """The kind and Stripe's own id."""
    kind, _, thing = record.id.partition(":")
    return kind, thing


def is_customer(record: Record) -> bool:
    """Whether the record is a customer, and no payment."""
    return kind_of(record)[0] == CUSTOMER_KIND


def known_by(customer: Customer, config: StripeConfig) -> tuple[Identifier, ...]:
    """What a customer carries: an address, and the company's own number."""
    number = customer.metadata.get(config.customer_id_metadata, "") if config.customer_id_metadata else ""
    held = ((Key.EMAIL, customer.email or ""), (Key.CUSTOMER_ID, number))
    return tuple(
        Identifier(kind=key, value=value.strip(), source=config.name)
        for key, value in held
        if value.strip() and value != REDACTED
    )


def matched(customer: Customer, identity: Identity, config: StripeConfig) -> frozenset[Key]:
    """The kinds of the person's identifiers that the customer carries."""
    return frozenset(i.kind for i in known_by(customer, config) if identity.knows(i.kind, i.value))


def customer_record(customer: Customer, keys: frozenset[Key], config: StripeConfig) -> Record:
    """A customer, with the saved ways to pay."""
    return Record(
        id=f"{CUSTOMER_KIND}:{customer.id}",
        category=config.category,
        matched=keys,
        dates=_dates(customer.created),
        label=f"Customer {customer.name or customer.email or customer.id}",
    )


def payment_record(payment: Payment, kind: str, keys: frozenset[Key], config: StripeConfig) -> Record:
    """An invoice, a charge, a payment intent or a checkout session."""
    return Record(
        id=f"{kind}:{payment.id}",
        category=config.payments.category,
        matched=keys,
        dates=_dates(payment.created),
        label=f"{WORDS[kind].capitalize()} {payment.number or payment.id}",
    )


def customer_sighting(customer: Customer, config: StripeConfig) -> Sighting:
    """A customer as it is met on a walk."""
    identifiers = known_by(customer, config)
    return Sighting(record=customer_record(customer, _kinds(identifiers), config), identifiers=identifiers)


def payment_sighting(payment: Payment, kind: str, config: StripeConfig) -> Sighting:
    """A payment as it is met on a walk: its customer's, or where there is none any more, who it names itself."""
    customer = payment.customer
    if isinstance(customer, Customer) and not customer.deleted:
        identifiers = known_by(customer, config)
    else:
        identifiers = tuple(
            Identifier(kind=Key.EMAIL, value=address, source=config.name) for address in payment.addresses
        )
    return Sighting(record=payment_record(payment, kind, _kinds(identifiers), config), identifiers=identifiers)


def at_stripe(record: Record) -> str:
    """Where a person finds it."""
    return f"https://dashboard.stripe.com/search?query={kind_of(record)[1]}"


def _kinds(identifiers: Iterable[Identifier]) -> frozenset[Key]:
    return frozenset(identifier.kind for identifier in identifiers)


def _dates(created: int) -> dict[Anchor, date]:
    return {Anchor.CREATED: datetime.fromtimestamp(created, UTC).date()} if created else {}
