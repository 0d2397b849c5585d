"""LinkedIn's rig: each of a person's records is a place in a segment, as the company's own list has it."""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import SecretStr

from connectors.linkedin import LinkedIn
from connectors.linkedin_segments import LinkedInConfig
from connectors.sent_lists import email_sha256
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.linkedin import ACCOUNT, TOKEN, VERSION, app, segment
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded
from tests.contract.rig import Fault

OTHER_ACCOUNT = "5002"
STREAMED = (7001, 7002, 7003, 7004, 7005, 7006, 7007)


class LinkedInRig(Played):
    """A stand-in with seven segments of people in two ad accounts, one of companies and one that is a file.

    Lossy: LinkedIn says nothing of a removal after taking the order. Impossible: its 429 names no wait, and there is no
    529.
    """

    name = "linkedin"
    lossy = True
    impossible: ClassVar[frozenset[str]] = frozenset({Fault.RATE_LIMIT, Fault.OVERLOADED_529})

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **config: Any) -> None:
        self._clock = clock
        self.exchanges: list[Exchange] = []
        self._config: dict[str, Any] = {"page_size": 2, "timeout_seconds": 1.5} | config

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with nobody in it, and with nothing uploaded."""
        with tempfile.TemporaryDirectory() as folder:
            self.sent = Path(folder) / "sent.csv"
            self.sent.write_text("list_id,email_sha256,sent_on\n")
            async with self.playing(recorded(app(_seed()), self.exchanges)) as address:
                given = {
                    "name": "linkedin",
                    "kind": "linkedin",
                    "title": "LinkedIn",
                    "base_url": f"{address}/rest",
                    "secret": SecretStr(TOKEN),
                    "ad_accounts": (ACCOUNT, OTHER_ACCOUNT),
                    "version": VERSION,
                    "sent_lists": self.sent,
                    "requests_per_second": None,
                }
                self.connector = LinkedIn(LinkedInConfig.model_validate(given | self._config), self._clock)
                try:
                    yield
                finally:
                    await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Upload the person's address to the first `count` segments."""
        digest = email_sha256(identity.values(Key.EMAIL)[0])
        state = await self.state()
        chosen = [each for each in state["segments"] if each["id"] in STREAMED[:count]]
        for each in chosen:
            each["members"].append(digest)
            self.upload(each["id"], digest)
        await self.put(state)
        return [f"segment:{each['id']}:{digest[:16]}" for each in chosen]

    def upload(self, segment_id: int, digest: str, day: str = "2026-01-30") -> None:
        """Note in the company's own list that this hash was sent."""
        with self.sent.open("a") as file:
            file.write(f"{segment_id},{digest},{day}\n")

    async def snapshot(self) -> object:
        """Everything, whatever its order."""
        state = await self.state()
        for each in state["segments"]:
            each["members"].sort()
        return state

    async def present(self, record: Record) -> bool:
        """Whether the segment has the address."""
        segments = (await self.state())["segments"]
        held = (each["members"] for each in segments if str(each["id"]) == record.state["number"])
        return any(record.state["hash"] in members for members in held)


def _seed() -> dict[str, Any]:
    segments = [
        segment(number, f"List {number}", account=ACCOUNT if number < STREAMED[5] else OTHER_ACCOUNT)
        for number in STREAMED
    ]
    segments.insert(1, segment(7101, "Firms", kind="COMPANY"))
    segments.append(segment(7102, "File", kind="USER_LIST_UPLOAD"))
    return {"segments": segments}
