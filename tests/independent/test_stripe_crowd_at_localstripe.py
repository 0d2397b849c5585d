"""Stripe at localstripe: five hundred people, too slow for the gate."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.rig import Rig
from tests.independent.rigs.stripe_localstripe import StripeLocalstripeRig
from tests.independent.rules import CROWD, RULES, held_to_the_rules

pytestmark = pytest.mark.independent

globals()[CROWD] = RULES[CROWD]


@pytest.fixture
async def rig(request: pytest.FixtureRequest, localstripe: str) -> AsyncIterator[Rig]:
    async with held_to_the_rules(request, StripeLocalstripeRig(localstripe)) as started:
        yield started
