"""What Stripe's interface answers, as far as it is read; the rest is passed on as it is.

The vendor's reference: https://docs.stripe.com/api (2023-08-16; what is read here is so in later versions, too).
"""

from typing import Any

from pydantic import BaseModel, Field

REDACTED = "[redacted]"
"""What stands in place of personal data after a redaction (docs.stripe.com/privacy/redaction)."""


class Customer(BaseModel):
    """A customer; one that was deleted keeps its id alone."""

    id: str
    created: int = 0
    """Seconds since 1970, UTC."""
    deleted: bool = False
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    address: dict[str, Any] | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    balance: int = 0
    """In the currency's smallest unit; below zero the company owes it to the customer."""
    currency: str | None = None


class Details(BaseModel):
    """Who paid, as they said at the till."""

    email: str | None = None


class Payment(BaseModel):
    """An invoice, a charge, a payment intent or a checkout session."""

    id: str
    object: str
    created: int
    customer: str | Customer | None = None
    """The whole customer where that was asked for."""
    number: str | None = None
    payment_intent: str | None = None
    disputed: bool = False
    customer_email: str | None = None
    receipt_email: str | None = None
    billing_details: Details | None = None
    customer_details: Details | None = None

    @property
    def addresses(self) -> list[str]:
        """The addresses that it carries itself."""
        said = (self.customer_email, self.receipt_email, self.billing_details, self.customer_details)
        emails = [each.email if isinstance(each, Details) else each for each in said]
        return list(dict.fromkeys(email for email in emails if email and email != REDACTED))


class Page(BaseModel):
    """A page of a list, or of a search, which says where it goes on."""

    data: list[dict[str, Any]]
    has_more: bool
    next_page: str | None = None


class Mistake(BaseModel):
    """What Stripe says is wrong. Its `message` may quote what was sent: personal data."""

    type: str
    code: str = ""
    param: str = ""
    message: str = ""


class Refusal(BaseModel):
    """How Stripe says no."""

    error: Mistake


class Job(BaseModel):
    """A redaction job (preview): https://docs.stripe.com/api/privacy/redaction-job/object."""

    id: str
    status: str


class JobMistake(BaseModel):
    """Why a redaction job cannot run: https://docs.stripe.com/api/privacy/redaction-job-validation-error/object."""

    code: str
    message: str = ""


def is_redacted(value: Any) -> bool:
    """Whether personal data was taken out of this object."""
    match value:
        case dict():
            return any(map(is_redacted, value.values()))
        case list():
            return any(map(is_redacted, value))
        case _:
            return bool(value == REDACTED)
