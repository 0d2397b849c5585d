"""Google Analytics' BigQuery export at bqemulator: our SQL on a real database, behind Google's own interface."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.rig import Rig
from tests.independent.rigs.ga4_bqemulator import Ga4BqemulatorRig
from tests.independent.rules import RULES, held_to_the_rules

pytestmark = pytest.mark.independent

globals().update(RULES)


@pytest.fixture
async def rig(request: pytest.FixtureRequest, bqemulator: str) -> AsyncIterator[Rig]:
    async with held_to_the_rules(request, Ga4BqemulatorRig(bqemulator)) as started:
        yield started
