"""Google Analytics' rig with its export on bqemulator; what Google itself holds stays with our stand-in."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any, ClassVar

import aiohttp

from dsar.identity import Identity, Key
from dsar.records import Record
from tests.contract.rig import Fault
from tests.contract.rigs.ga4 import FIRST_DAY, PROJECT, PROPERTY, Ga4Rig, event

datasets = (f"export_{number}" for number in count(1))

COLUMNS = (
    "event_date STRING, event_timestamp INT64, event_name STRING, user_pseudo_id STRING, user_id STRING, "
    "event_params ARRAY<STRUCT<key STRING, value STRUCT<string_value STRING>>>"
)


class Ga4BqemulatorRig(Ga4Rig):
    """A dataset of its own for each test.

    Impossible here: everything that breaks it. It can't be told to.
    """

    name = "ga4_bqemulator"
    impossible = frozenset(value for name, value in vars(Fault).items() if name.isupper())
    exempt: ClassVar[dict[str, str]] = {}

    def __init__(self, address: str) -> None:
        self.dataset = next(datasets)
        super().__init__(bigquery_url=address, bigquery_dataset={PROPERTY: self.dataset}, timeout_seconds=30)
        self._address = address
        self._tables: set[str] = set()

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in, and make a dataset with one table in which nobody is."""
        async with super().start(), aiohttp.ClientSession(self._address) as self.bigquery:
            place = f"/bigquery/v2/projects/{PROJECT}/datasets"
            body = {"datasetReference": {"projectId": PROJECT, "datasetId": self.dataset}}
            async with self.bigquery.post(place, json=body) as answer:
                answer.raise_for_status()
            await self._table("events_20200101")
            yield

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant the browser on `count` days, with two events on each and five on the first: more than two pages."""
        (client_id,) = identity.values(Key.CLIENT_ID)[:1]
        days = [f"{FIRST_DAY + timedelta(days=number):%Y%m%d}" for number in range(count)]
        for day in days:
            name = f"events_intraday_{day}" if day == days[-1] and count > 1 else f"events_{day}"
            await self._table(name)
            rows = ", ".join(_row(event(day, n, client_id)) for n in range(5 if day == days[0] else 2))
            await self.run(f"INSERT INTO `{PROJECT}.{self.dataset}.{name}` VALUES {rows}")  # noqa: S608 - ours
        digest = sha256(client_id.encode()).hexdigest()[:16]
        return [f"events:{PROPERTY}:client_id:{digest}:{day}" for day in days]

    async def snapshot(self) -> object:
        """The rows of all tables, and what was submitted to Google."""
        tables = [await self.run(f"SELECT * FROM `{PROJECT}.{self.dataset}.{name}`") for name in sorted(self._tables)]  # noqa: S608 - ours
        return [await super().snapshot(), tables]

    async def present(self, record: Record) -> bool:
        """Whether any table of the day still has the browser's events."""
        names = [name for name in self._tables if name.endswith(str(record.state["day"]))]
        who = json.dumps(record.state["value"], ensure_ascii=False)
        counts = [
            await self.run(f"SELECT COUNT(*) FROM `{PROJECT}.{self.dataset}.{name}` WHERE user_pseudo_id = {who}")  # noqa: S608 - ours
            for name in names
        ]
        return any(rows != [["0"]] for rows in counts)

    async def run(self, sql: str) -> list[list[Any]]:
        """The rows of a statement, behind the connector's back."""
        body = {"query": sql, "useLegacySql": False, "maxResults": 10_000}
        async with self.bigquery.post(f"/bigquery/v2/projects/{PROJECT}/queries", json=body) as answer:
            said = await answer.json()
        if "error" in said:
            raise RuntimeError(f"{sql}: {said['error']}")
        return sorted(([cell["v"] for cell in row["f"]] for row in said.get("rows", [])), key=str)

    async def _table(self, name: str) -> None:
        if name not in self._tables:
            await self.run(f"CREATE TABLE `{PROJECT}.{self.dataset}.{name}` ({COLUMNS})")
            self._tables.add(name)


def _row(held: dict[str, Any]) -> str:
    """A row as GoogleSQL writes it."""
    pages = ", ".join(
        f"STRUCT({json.dumps(each['key'])} AS key, STRUCT({json.dumps(each['value']['string_value'])} AS string_value) "
        "AS value)"
        for each in held["event_params"]
    )
    texts = [json.dumps(held[name], ensure_ascii=False) for name in ("event_name", "user_pseudo_id")]
    user = json.dumps(held["user_id"], ensure_ascii=False) if held["user_id"] else "NULL"
    return f"('{held['event_date']}', {held['event_timestamp']}, {', '.join(texts)}, {user}, [{pages}])"
