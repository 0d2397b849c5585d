"""Google Analytics' rig: each of a person's records is a day of the BigQuery export."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from connectors.ga4 import GoogleAnalytics, GoogleAnalyticsConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.ga4 import app, public_key, service_account
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded

PROPERTY = "410000001"
PROJECT = "standin"
DATASET = f"analytics_{PROPERTY}"
FIRST_DAY = date(2026, 1, 30)

ACCOUNT = service_account("https://oauth2.googleapis.com/token")
"""One for all: making a key takes a tenth of a second."""


class Ga4Rig(Played):
    """A stand-in with one property and its export; pages of two rows, each statement slow by one poll.

    Lossy: Google says nothing of a deletion after taking the order. Impossible: Google sends no 529.
    """

    name = "ga4"
    lossy = True

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **config: Any) -> None:
        self._clock = clock
        self.exchanges: list[Exchange] = []
        self._config: dict[str, Any] = {
            "bigquery_project": PROJECT,
            "page_size": 2,
            "timeout_seconds": 1.5,
            "submissions_per_second": None,
        }
        self._config |= config

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty export."""
        seed: dict[str, Any] = {
            "service_accounts": {ACCOUNT["client_email"]: public_key(ACCOUNT)},
            "properties": {PROPERTY: {}},
            "project": PROJECT,
            "datasets": {DATASET: {"events_20200101": []}},
            "slow": 1,
        }
        async with self.playing(recorded(app(seed), self.exchanges)) as address:
            given = {
                "name": "ga4",
                "kind": "ga4",
                "title": "Google Analytics",
                "base_url": address,
                "bigquery_url": address,
                "token_url": f"{address}/token",
                "secret": SecretStr(json.dumps(ACCOUNT)),
                "properties": (PROPERTY,),
            }
            self.connector = GoogleAnalytics(GoogleAnalyticsConfig.model_validate(given | self._config), self._clock)
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant the browser on `count` days, with two events on each and five on the first: more than two pages."""
        (client_id,) = identity.values(Key.CLIENT_ID)[:1]
        state = await self.state()
        tables = state["datasets"][DATASET]
        days = [f"{FIRST_DAY + timedelta(days=number):%Y%m%d}" for number in range(count)]
        for day in days:
            name = f"events_intraday_{day}" if day == days[-1] and count > 1 else f"events_{day}"
            tables.setdefault(name, []).extend(event(day, n, client_id) for n in range(5 if day == days[0] else 2))
        await self.put(state)
        digest = sha256(client_id.encode()).hexdigest()[:16]
        return [f"events:{PROPERTY}:client_id:{digest}:{day}" for day in days]

    async def snapshot(self) -> object:
        """The export, and which identifiers were submitted: submitting one again changes nothing but the time."""
        state = await self.state()
        for held in state["properties"].values():
            submitted = [
                {name: value for name, value in each.items() if name != "deletionRequestTime"}
                for each in held.pop("deletions", [])
            ]
            held["submitted"] = sorted({json.dumps(each) for each in submitted})
        return state

    async def present(self, record: Record) -> bool:
        """Whether any table of the day still has the browser's events."""
        tables = (await self.state())["datasets"][DATASET]
        return any(
            row["user_pseudo_id"] == record.state["value"]
            for name, rows in tables.items()
            if name.endswith(str(record.state["day"]))
            for row in rows
        )


def event(day: str, number: int, client_id: str, user_id: str | None = None) -> dict[str, Any]:
    """A row of the export, as far as a person is concerned."""
    at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) + timedelta(hours=number)
    return {
        "event_date": day,
        "event_timestamp": str(int(at.timestamp() * 1_000_000)),
        "event_name": "page_view",
        "event_params": [{"key": "page_location", "value": {"string_value": f"https://example.com/{number}"}}],
        "user_pseudo_id": client_id,
        "user_id": user_id,
    }
