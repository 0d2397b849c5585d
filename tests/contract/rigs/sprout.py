"""Sprout Social's rig: a person's second record is a case, the others are comments on Instagram."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import SecretStr

from connectors.sprout import Sprout
from connectors.sprout_inbox import MOST_RESULTS, SproutConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.sprout import CUSTOMER, TOKEN, app, case, message
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded
from tests.contract.rig import Fault

GROUP, OTHER_GROUP = "2001", "2002"
FIRST = datetime(2026, 1, 30, 10, tzinfo=UTC)
BY_HAND = "nothing but a person erases there, on the network itself"


class SproutRig(Played):
    """A stand-in with two groups, pages of two messages, and results that are cut at five.

    Impossible: Sprout's 429 names no wait, and there is no 529.
    """

    name = "sprout"
    lossy = False
    impossible: ClassVar[frozenset[str]] = frozenset({Fault.RATE_LIMIT, Fault.OVERLOADED_529})
    exempt: ClassVar[dict[str, str]] = {
        "test_erase_removes_or_says_why_not": BY_HAND,
        "test_asking_again_after_the_erasure_finds_nothing": BY_HAND,
    }

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **config: Any) -> None:
        self._clock = clock
        self.exchanges: list[Exchange] = []
        self._config: dict[str, Any] = {"page_size": 2, "most_results": 5, "timeout_seconds": 1.5} | config

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty inbox."""
        seed = {"most_results": self._config["most_results"]}
        async with self.playing(recorded(app(seed), self.exchanges)) as address:
            given = {
                "name": "sprout",
                "kind": "sprout",
                "title": "Sprout Social",
                "base_url": f"{address}/v1",
                "secret": SecretStr(TOKEN),
                "customer_id": CUSTOMER,
                "groups": (GROUP, OTHER_GROUP),
                "since": "2026-01-01",
                "requests_per_second": None,
            }
            self.connector = Sprout(SproutConfig.model_validate(given | self._config), self._clock)
            try:
                yield
            finally:
                await self.connector.close()

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """Many people are read in pages as large as Sprout's."""
        async with super().at_once():
            (await self.state())["most_results"] = MOST_RESULTS
            yield
        config = self.connector.config.model_copy(update={"page_size": 100, "most_results": MOST_RESULTS})
        self.connector = Sprout(config, self._clock)

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Let the person comment `count` times; in place of the second one, staff make a case of the first."""
        handle = identity.values(Key.SOCIAL_ACCOUNT)[0].partition(":")[2]
        (name,) = identity.values(Key.NAME)[:1]
        state = await self.state()
        ids = []
        for n in range(count):
            number = f"{len(state['messages']) + 1:05}"
            if n == 1:
                state["cases"].append(case(number))
                state["messages"][-1]["case_id"] = number
                ids.append(f"case:{number}")
            else:
                written = message(
                    f"igc:{number}",
                    "instagram",
                    author=f"igpr:{handle}",
                    name=name,
                    handle=handle,
                    created_time=f"{FIRST + timedelta(seconds=len(state['messages']) // 2):%Y-%m-%dT%H:%M:%SZ}",
                    group=GROUP if n % 3 else OTHER_GROUP,
                )
                state["messages"].append(written)
                ids.append(f"message:igc:{number}")
        await self.put(state)
        return ids

    async def snapshot(self) -> object:
        """Everything."""
        return await self.state()

    async def present(self, record: Record) -> bool:
        """Whether the inbox has the message, or the case is there."""
        state = await self.state()
        if "case" in record.state:
            return any(each["case_id"] == record.state["case"] for each in state["cases"])
        return any(each["guid"] == record.state["message"] for each in state["messages"])
