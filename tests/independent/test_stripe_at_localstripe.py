"""Stripe at localstripe: customers and charges on a server that somebody else wrote. A part of the gate.

But for its crowd: localstripe writes all that it holds to a file with every request.
"""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.contract.rig import Rig
from tests.independent.rigs.stripe_localstripe import AUTHORISED, StripeLocalstripeRig
from tests.independent.rules import CROWD, RULES, held_to_the_rules

globals().update({name: rule for name, rule in RULES.items() if name != CROWD})


@pytest.fixture
async def rig(request: pytest.FixtureRequest, localstripe: str) -> AsyncIterator[Rig]:
    async with held_to_the_rules(request, StripeLocalstripeRig(localstripe)) as started:
        yield started


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/customers/search?query=email:'ada@example.com'", "Not Found"),  # taken for a customer of this name
        ("/v1/payment_intents?customer=cus_1", "Unexpected customer"),
        ("/v1/customers/cus_1/tax_ids?limit=2", "Unexpected limit"),
        ("/v1/checkout/sessions", None),
        ("/v1/privacy/redaction_jobs", None),
        ("/v1/customers/cus_1/payment_methods", None),
    ],
)
async def test_what_localstripe_lacks_of_stripe_is_declared(localstripe: str, path: str, said: str | None) -> None:
    """Once it has one of these the rig's doorman can let it through; `None`: not even a refusal in Stripe's form.

    Searches and redaction jobs are therefore tried on our stand-in alone.
    """
    async with aiohttp.ClientSession(localstripe, headers=AUTHORISED) as client, client.get(path) as answer:
        is_json = answer.content_type == "application/json"
        error = (await answer.json())["error"] if is_json else {}

    assert answer.status in {400, 404}
    assert error.get("message") == said
    assert "code" not in error
