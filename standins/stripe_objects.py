"""Stripe's objects, whole, from what a seed says of them."""

from typing import Any

State = dict[str, Any]

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
NOBODY: State = {"address": None, "email": None, "name": None, "phone": None}

CUSTOMER: State = {
    "object": "customer",
    "address": None,
    "balance": 0,
    "currency": None,
    "default_source": None,
    "delinquent": False,
    "description": None,
    "discount": None,
    "email": None,
    "invoice_prefix": "5D1E2F9A",
    "invoice_settings": {
        "custom_fields": None,
        "default_payment_method": None,
        "footer": None,
        "rendering_options": None,
    },
    "livemode": False,
    "metadata": {},
    "name": None,
    "next_invoice_sequence": 1,
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
    "test_clock": None,
}

CHARGE: State = {
    "object": "charge",
    "amount": 4200,
    "amount_captured": 4200,
    "amount_refunded": 0,
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "billing_details": NOBODY,
    "captured": True,
    "currency": "usd",
    "customer": None,
    "description": None,
    "disputed": False,
    "failure_code": None,
    "failure_message": None,
    "invoice": None,
    "livemode": False,
    "metadata": {},
    "on_behalf_of": None,
    "outcome": None,
    "paid": True,
    "payment_intent": None,
    "payment_method": None,
    "payment_method_details": None,
    "receipt_email": None,
    "receipt_url": None,
    "refunded": False,
    "shipping": None,
    "source_transfer": None,
    "statement_descriptor": None,
    "status": "succeeded",
    "transfer_data": None,
    "transfer_group": None,
}

INVOICE: State = {
    "object": "invoice",
    "account_country": "US",
    "account_name": "Engines",
    "amount_due": 4200,
    "amount_paid": 4200,
    "amount_remaining": 0,
    "amount_shipping": 0,
    "attempt_count": 1,
    "attempted": True,
    "automatic_tax": {"enabled": False, "status": None},
    "billing_reason": "manual",
    "charge": None,
    "collection_method": "charge_automatically",
    "currency": "usd",
    "custom_fields": None,
    "customer": None,
    "customer_address": None,
    "customer_email": None,
    "customer_name": None,
    "customer_phone": None,
    "customer_shipping": None,
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_payment_method": None,
    "default_source": None,
    "default_tax_rates": [],
    "description": None,
    "discount": None,
    "discounts": [],
    "due_date": None,
    "footer": None,
    "livemode": False,
    "metadata": {},
    "next_payment_attempt": None,
    "number": None,
    "on_behalf_of": None,
    "paid": True,
    "paid_out_of_band": False,
    "payment_intent": None,
    "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
    "period_end": 1700000000,
    "period_start": 1700000000,
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "starting_balance": 0,
    "status": "paid",
    "status_transitions": {
        "finalized_at": 1700000000,
        "marked_uncollectible_at": None,
        "paid_at": 1700000000,
        "voided_at": None,
    },
    "subscription": None,
    "subtotal": 4200,
    "total": 4200,
    "total_tax_amounts": [],
    "webhooks_delivered_at": None,
}

INTENT: State = {
    "object": "payment_intent",
    "amount": 4200,
    "amount_received": 4200,
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic",
    "client_secret": "pi_secret_standin",
    "confirmation_method": "automatic",
    "currency": "usd",
    "customer": None,
    "description": None,
    "invoice": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "metadata": {},
    "next_action": None,
    "payment_method": None,
    "payment_method_types": ["card"],
    "receipt_email": None,
    "shipping": None,
    "status": "succeeded",
}

SESSION: State = {
    "object": "checkout.session",
    "amount_subtotal": 4200,
    "amount_total": 4200,
    "automatic_tax": {"enabled": False, "status": None},
    "billing_address_collection": None,
    "client_reference_id": None,
    "currency": "usd",
    "custom_fields": [],
    "custom_text": {"shipping_address": None, "submit": None},
    "customer": None,
    "customer_details": None,
    "customer_email": None,
    "expires_at": 1800000000,
    "invoice": None,
    "livemode": False,
    "metadata": {},
    "mode": "payment",
    "payment_intent": None,
    "payment_method_types": ["card"],
    "payment_status": "paid",
    "shipping_options": [],
    "status": "complete",
    "subscription": None,
    "url": None,
}

SUBSCRIPTION: State = {
    "object": "subscription",
    "automatic_tax": {"enabled": False},
    "billing_cycle_anchor": 1700000000,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "collection_method": "charge_automatically",
    "currency": "usd",
    "current_period_end": 1800000000,
    "current_period_start": 1700000000,
    "ended_at": None,
    "livemode": False,
    "metadata": {},
    "start_date": 1700000000,
    "status": "active",
}

METHOD: State = {
    "object": "payment_method",
    "billing_details": NOBODY,
    "customer": None,
    "livemode": False,
    "metadata": {},
    "type": "card",
    "card": {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2030,
        "funding": "credit",
        "last4": "4242",
        "networks": {"available": ["visa"], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    },
}

TAX_ID: State = {
    "object": "tax_id",
    "country": "DE",
    "customer": None,
    "livemode": False,
    "type": "eu_vat",
    "value": "DE000000000",
    "verification": {"status": "pending", "verified_address": None, "verified_name": None},
}

DISPUTE: State = {
    "object": "dispute",
    "amount": 4200,
    "balance_transactions": [],
    "charge": None,
    "currency": "usd",
    "evidence": {"customer_email_address": None, "customer_name": None},
    "evidence_details": {"due_by": None, "has_evidence": False, "past_due": False, "submission_count": 0},
    "is_charge_refundable": False,
    "livemode": False,
    "metadata": {},
    "payment_intent": None,
    "reason": "general",
    "status": "lost",
}

KINDS: dict[str, tuple[str, State]] = {
    "customers": ("cus", CUSTOMER),
    "charges": ("ch", CHARGE),
    "invoices": ("in", INVOICE),
    "payment_intents": ("pi", INTENT),
    "checkout_sessions": ("cs_test", SESSION),
    "subscriptions": ("sub", SUBSCRIPTION),
    "payment_methods": ("pm", METHOD),
    "tax_ids": ("txi", TAX_ID),
    "disputes": ("dp", DISPUTE),
}
"""What an account holds: how the ids begin, and the object as it is unless a seed says otherwise."""


def whole(kind: str, seed: State, number: int) -> State:
    """An object as Stripe describes it. What a seed leaves open is as usual; later ones are younger."""
    prefix, usual = KINDS[kind]
    if seed.get("deleted"):
        return {"id": seed["id"], "object": usual["object"], "deleted": True}
    thing = {"id": f"{prefix}_standin{number}", "created": 1700000000 + number, **usual, **seed}
    if isinstance(thing.get("address"), dict):
        thing["address"] = {**dict.fromkeys(ADDRESS), **thing["address"]}
    if kind == "subscriptions":
        thing["items"] = listed([], f"/v1/subscription_items?subscription={thing['id']}")
    if kind == "invoices":
        thing["lines"] = listed(thing.get("lines", {}).get("data", [])[:10], f"/v1/invoices/{thing['id']}/lines")
    return thing


def seed_of(kind: str, thing: State) -> State:
    """What has to be said of an object to have it again: no more than is not as usual."""
    usual = KINDS[kind][1]
    return {key: value for key, value in thing.items() if key not in usual or value != usual[key]}


def listed(things: list[State], url: str, *, more: bool = False) -> State:
    """A list as Stripe puts it."""
    return {"object": "list", "data": things, "has_more": more, "url": url}
