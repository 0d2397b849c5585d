"""What `starter.py status` says."""

from argparse import Namespace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console.requests import status
from dsar.case import State
from dsar.plans import Action, PlanSummary
from dsar.requests import Regime, Right
from dsar.status import Status

SAID = Status(
    request_id="request-a",
    right=Right.DELETE,
    regime=Regime.EU,
    state=State.IN_PROGRESS,
    ending=None,
    due=date(2026, 12, 1),
    safe=date(2026, 12, 1),
    explain=(),
    unfinished=(),
    plans=(PlanSummary(system="books", actions={Action.ERASE: 2}, categories={}),),
    tasks=(),
    attempts_left=None,
)


class FakeDesk:
    """One request, of which one system is planned."""

    async def row(self, request_id: str) -> SimpleNamespace:
        return SimpleNamespace(id=request_id, closed_at=None)

    async def status(self, _: str) -> Status:
        return SAID

    def title(self, system: str) -> str:
        return {"books": "Business records"}[system]


async def test_a_system_is_called_as_people_call_it(capsys: pytest.CaptureFixture[str]) -> None:
    """By its title; the id stands behind it, for the command that shows the plan."""
    call = SimpleNamespace(args=Namespace(request="request-a", json=False), desk=FakeDesk())

    await status(cast("Any", call))

    assert "  Business records (books): 2 to erase" in capsys.readouterr().out
