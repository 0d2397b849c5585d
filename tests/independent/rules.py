"""The rules of the contract suite, for rigs over servers that others wrote.

A test file of this folder takes them all (`globals().update(RULES)`) and gives them a `rig`.
"""

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectors.connector import ConnectorError
from tests.contract.every_connector import (
    test_every_bad_day,
    test_every_correction,
    test_every_crowd,
    test_every_erasure,
    test_every_kind,
    test_every_search,
    test_every_walk,
    test_every_word,
)
from tests.contract.rig import Rig, exempt

SUITE = (
    test_every_bad_day,
    test_every_correction,
    test_every_crowd,
    test_every_erasure,
    test_every_kind,
    test_every_search,
    test_every_walk,
    test_every_word,
)


def _asked(name: str, value: Any) -> set[str]:
    """What a rule asks for; nothing, of what is none."""
    return set(inspect.signature(value).parameters) if name.startswith("test_") else set()


RULES = {name: rule for module in SUITE for name, rule in vars(module).items() if "rig" in _asked(name, rule)}

CROWD = "test_among_five_hundred_people_each_is_found_whole_and_alone"
"""The one rule that takes a minute or more at a slow server."""


@asynccontextmanager
async def held_to_the_rules(request: pytest.FixtureRequest, fresh: Rig) -> AsyncIterator[Rig]:
    """The rig, started. A rule that it declares not to keep, by the test's name or with its case, has to fail."""
    declared = exempt(fresh)
    if reason := declared.get(request.node.name) or declared.get(request.node.originalname):
        broken = (AssertionError, ConnectorError)
        request.node.add_marker(pytest.mark.xfail(raises=broken, strict=True, reason=reason))
    async with fresh.start():
        yield fresh
