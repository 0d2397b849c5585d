"""The rig of a system without an interface: what is held there is in people's heads, and the connector touches none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from connectors.person import RECORD_ID, ByHand, ByHandConfig
from dsar.identity import Identity
from dsar.records import Record
from tests.contract.rig import Fault


class PersonRig:
    """An entry like that of any system without an interface, and beside it what the system holds of each person.

    Lossy: there is nobody to ask. Impossible: no call is made that could go wrong.
    """

    name = "person"
    lossy = True
    impossible = frozenset(value for name, value in vars(Fault).items() if name.isupper())
    exempt = {  # noqa: RUF012 - a table, read only
        "test_an_unknown_person_is_success_with_nothing_found": "its record says look, not holds",
        "test_hostile_identifiers_find_nobody": "its record says look, not holds: a person can look for any text",
        "test_erase_removes_or_says_why_not": "nothing but a person erases there",
        "test_asking_again_after_the_erasure_finds_nothing": "the connector says of nothing that it is gone",
    }

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Nothing runs."""
        self.held: dict[Identity, int] = {}
        self.connector = ByHand(config())
        yield

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Let the system hold something of the person; however much, it is one record."""
        self.held[identity] = count
        return [RECORD_ID]

    async def snapshot(self) -> object:
        """All that is held."""
        return dict(self.held)

    async def present(self, record: Record) -> bool:
        """Whether what is held is still held: nobody else takes it away."""
        await asyncio.sleep(0)  # whoever waits for a change lets others make it
        sought = [tuple(pair) for pair in record.state["identifiers"]]
        return any(set(sought) & {(i.kind, i.value) for i in identity.identifiers} for identity in self.held)

    async def fault(self, kind: str, times: int = 1) -> None:
        """There is nothing to break."""
        raise NotImplementedError(kind)


def config(**changed: object) -> ByHandConfig:
    """An entry of systems.toml."""
    entry = {
        "name": "sprout",
        "kind": "person",
        "title": "Sprout Social",
        "category": "social media interactions",
        "instructions": "Open Inbox > Advanced search and look for {identifiers}. {what} Message > ... > Delete.",
    }
    return ByHandConfig.model_validate(entry | changed)
