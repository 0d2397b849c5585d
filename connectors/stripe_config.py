"""Stripe's entry in systems.toml."""

from datetime import timedelta

from pydantic import Field

from connectors.connector import SystemConfig
from dsar.frozen import Frozen


class Payments(Frozen):
    """What an invoice, a charge, a payment intent or a checkout session is."""

    category: str = "financial records and invoices"
    """The category of policy.toml; retention counts from the day on which each was created."""


class StripeConfig(SystemConfig):
    """Stripe's entry. `secret` is a secret key, better a restricted one.

    It needs to read customers, charges, disputes, invoices, payment intents, payment methods, subscriptions, tax ids
    and checkout sessions, and to write customers; with `redaction_version` also to write redaction jobs.

    In systems.toml:

        [stripe]
        kind = "stripe"
        title = "Payment processor (Stripe)"
        base_url = "https://api.stripe.com"
        secret = "env:STRIPE_API_KEY"               # Developers > API keys > Create restricted key
        learns = ["customer_id"]
        customer_id_metadata = "customer_id"        # the metadata key with the customer number; "" if there is none
        # search = false                            # a merchant in India has no search: addresses in other capitals
                                                    # than they are asked for, and customer numbers, are not found then
        # redaction_version = "2026-04-22.preview"  # where Stripe admitted the account to redaction jobs
    """

    api_version: str = "2023-08-16"
    """Sent as Stripe-Version: the answers keep this shape whatever the account is upgraded to."""
    redaction_version: str = ""
    """The preview version under which the account may use redaction jobs; empty: it may not."""
    redaction_takes: timedelta = timedelta(days=7)
    """How long Stripe may take to redact; looked at again afterwards."""
    customer_id_metadata: str = "customer_id"
    """The key of a customer's metadata that holds the company's own number for the person; empty: none does."""
    search: bool = True
    """Whether the account has Stripe's search, which alone finds customer numbers, and addresses in any capitals."""
    category: str = "contact information and communications"
    """The category of policy.toml that customers belong to, with their saved payment methods."""
    payments: Payments = Payments()
    page_size: int = Field(default=100, ge=1, le=100)
    requests_per_second: float | None = 15.0
    """Stripe allows 25 a second to an endpoint, 20 to searches, and the company's shop needs some of them."""
