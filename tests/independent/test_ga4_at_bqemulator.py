"""Google Analytics' BigQuery export at bqemulator: our SQL on a real database, behind Google's own interface.

But for the crowd of five hundred: its arithmetic outlasts the five seconds after which bqemulator hangs up, and what is
sent into that is `TryLater`, as it should be.
"""

from collections.abc import AsyncIterator

import pytest

from tests.contract.rig import Rig
from tests.independent.rigs.ga4_bqemulator import Ga4BqemulatorRig
from tests.independent.rules import CROWD, RULES, held_to_the_rules

pytestmark = pytest.mark.independent

globals().update({name: rule for name, rule in RULES.items() if name != CROWD})


@pytest.fixture
async def rig(request: pytest.FixtureRequest, bqemulator: str) -> AsyncIterator[Rig]:
    async with held_to_the_rules(request, Ga4BqemulatorRig(bqemulator)) as started:
        yield started
