"""A fresh rig for each test, of every kind that there is."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.acts import discovered
from tests.contract.rig import Rig, exempt

RIGS = discovered()


@pytest.fixture(params=sorted(RIGS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    fresh = RIGS[request.param]()
    if reason := exempt(fresh).get(request.function.__name__):
        request.node.add_marker(pytest.mark.xfail(raises=AssertionError, strict=True, reason=reason))
    async with fresh.start():
        yield fresh
