"""A processor's rig: whom it holds something of, it is asked about."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import SecretStr

from connectors.opendsr import OpenDsr
from connectors.opendsr_config import OpenDsrConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.opendsr import TOKEN, Processor, app
from standins.opendsr_authority import DOMAIN, Authority
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded

ONE = "it takes one request for a person, however much it holds of them"


class OpenDsrRig(Played):
    """A stand-in that does at once what it is asked for."""

    name = "opendsr"
    lossy = False
    impossible: ClassVar[frozenset[str]] = frozenset()
    exempt: ClassVar[dict[str, str]] = {
        "test_an_unknown_person_is_success_with_nothing_found": "its record says ask, not holds",
        "test_hostile_identifiers_find_nobody": "its record says ask, not holds",
        "test_a_search_after_the_erasure_finds_nothing_that_was_said_to_be_gone": "its record says ask, not holds",
        "test_searching_and_exporting_write_nothing": "to ask for a copy is a request that the processor keeps",
        "test_a_vendor_that_is_not_well_is_asked_again_later": ONE,
        "test_an_export_from_a_vendor_that_is_not_well_is_tried_later": ONE,
    }

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), **config: Any) -> None:
        self.processor = Processor(now, authority())
        self.exchanges: list[Exchange] = []
        self._now = now
        self._config = config

    @asynccontextmanager
    async def start(self, *, at_once: bool = True) -> AsyncIterator[None]:
        """Run the stand-in with nobody in it."""
        with tempfile.TemporaryDirectory() as folder:
            self.bundle = Path(folder) / "authority.pem"
            self.bundle.write_text(self.processor.authority.root)
            async with self.playing(recorded(app({"at_once": at_once}, self.processor), self.exchanges)) as address:
                self.connector = OpenDsr(self.entry(address), self._now)
                try:
                    yield
                finally:
                    await self.connector.close()

    def entry(self, address: str) -> OpenDsrConfig:
        """An entry of systems.toml."""
        given = {
            "name": "processor",
            "kind": "opendsr",
            "title": "Analytics processor",
            "base_url": f"{address}/v2",
            "secret": SecretStr(TOKEN),
            "processor_domain": DOMAIN,
            "trusted_ca": self.bundle,
            "regulation": "gdpr",
            "category": "contact information and communications",
            "identity_types": ["email", "controller_customer_id"],
            "timeout_seconds": 1.5,
        }
        return OpenDsrConfig.model_validate(given | self._config)

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Let the processor hold something of the person; however much, it is asked once."""
        address = identity.values(Key.EMAIL)[0].lower()
        state = await self.state()
        state["people"][address] = [{"note": f"Note {number}"} for number in range(count)]
        await self.put(state)
        return ["request:1"]

    async def snapshot(self) -> object:
        """All that the processor holds and was asked."""
        return await self.state()

    async def present(self, record: Record) -> bool:
        """Whether the processor still holds something of whom it would be asked about."""
        await asyncio.sleep(0)  # whoever waits for a change lets others make it
        fields = ("identity_type", "identity_value", "identity_format")
        named = [dict(zip(fields, each, strict=True)) for each in record.state["identities"]]
        return self.processor.holds(named)

    async def advance(self, status: str) -> None:
        """Let the processor do what it was asked."""
        async with self.control.post("/_control/advance", json={"status": status}) as answer:
            answer.raise_for_status()


@cache
def authority() -> Authority:
    """One for all tests: keys take their time."""
    return Authority()
