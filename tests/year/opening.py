"""Opens the house of the year: the real saga, activities, vault and ledger, on the engine that skips time."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from activities.policies import Policies
from connectors.connector import Connector
from demo.selection import by_code
from dsar.data_map import System
from dsar.policy import Policy
from dsar.policy_check import parse_policy
from foundation import Foundation
from intake.desk import Desk
from intake.registration import add_search_attributes
from ledger.ledger import Ledger
from tests.year.calendar_of_year import FIRST_DAY, Calendar, furnish
from tests.year.doors import Line, PostOffice
from tests.year.passing_time import Now, Skipped, Timekeeper
from tests.year.play import QUEUE, Year
from tests.year.town import Town
from vault.codec import data_converter
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault
from worker import activities, worker
from workflows.attributes import ALL

TEST_SERVER = str(Path(sys.executable).parent / "temporal-test-server")
RULES = parse_policy(by_code(Path("policy.toml").read_text(encoding="utf-8")))
"""As shipped: with its pause before an erasure, and its alarms; with a code as the only proof."""


@asynccontextmanager
async def opened(folder: Path, calendar: Calendar) -> AsyncIterator[Year]:
    """A house at the year's first moment, its worker at work."""
    now = Now(datetime.now(UTC))
    assert now.moment < FIRST_DAY, f"the engine only skips forward: choose a later year than {FIRST_DAY.year}"
    store = DiskStore(folder / "vault")
    keys = KeyRing(store, {"m": bytes(32)}, "m")
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", bytes(32), now)
    foundation = Foundation(ledger=ledger, vault=Vault(store, keys), keys=keys, policies=Policies(ledger))
    town, post = Town(now), PostOffice(now)
    furnish(town, calendar)
    try:
        async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=TEST_SERVER) as env:
            client = await env.connect_client(
                data_converter=data_converter(keys),
                interceptors=[Timekeeper()],
                keep_alive_config=None,  # this engine hangs up on those who ask too often whether it is there
            )
            await add_search_attributes(client, ALL)
            time = Skipped(client)
            await time.passes(FIRST_DAY - await time.moment())
            now.moment = await time.moment()
            connectors: dict[str, Connector] = {s.config.name: s for s in town.systems}
            work = activities(foundation, client, connectors, post, "http://127.0.0.1", bytes(32), RULES)
            async with worker(client, QUEUE, work):
                desk = _desk(client, foundation, town, now, calendar, RULES)
                yield Year(client, desk, foundation, town, post, now, calendar)
    finally:
        await ledger.close()


def _desk(client: Client, foundation: Foundation, town: Town, now: Now, calendar: Calendar, rules: Policy) -> Desk:
    async def connected() -> Any:
        return client

    return Desk(
        engine=Line(connected, QUEUE, now, calendar.engine_down),
        ledger=foundation.ledger,
        vault=foundation.vault,
        policies=foundation.policies,
        policy=rules,
        systems=[
            System(name=s.config.name, title=s.config.title, can=s.can, learns=s.config.learns, needs=s.config.needs)
            for s in town.systems
        ],
        subject_key=bytes(32),
        now=now,
    )
