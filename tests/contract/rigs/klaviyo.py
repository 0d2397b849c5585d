"""Klaviyo's rig: each of a person's records is a profile.

Klaviyo has one profile for an address. Several with the same do not happen there, but the suite needs them to see that
pages are followed, so that the stand-in is told to allow them.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.klaviyo import Klaviyo
from connectors.klaviyo_config import KlaviyoConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.klaviyo import app
from standins.klaviyo_account import KEY
from tests.contract.described import Said, overheard
from tests.contract.played import Played

LATER = frozenset({"jobs", "deleted"})
"""What an account remembers of requests, and is no profile."""


class KlaviyoRig(Played):
    """A stand-in that shows two profiles at a time."""

    name = "klaviyo"
    lossy = False

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.exchanges: list[Said] = []

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty account."""
        async with self.playing(overheard(app({"unique": False}), self.exchanges)) as address:
            self.connector = Klaviyo(KlaviyoConfig.model_validate(ENTRY | {"base_url": address} | self.settings))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant `count` profiles, the first with events, on a list and in a segment."""
        state = await self.state()
        held = state["profiles"]
        first, _, last = identity.values(Key.NAME)[0].partition(" ")
        ids: list[str] = []
        for number in range(count):
            name = f"01STANDIN{len(held):06}"
            held.append(
                {
                    "id": name,
                    "email": identity.values(Key.EMAIL)[0],
                    "external_id": identity.values(Key.CUSTOMER_ID)[0],
                    "first_name": first,
                    "last_name": last,
                    "created": "2025-03-01T10:00:00+00:00",
                    "last_event_date": "2025-06-01T10:00:00+00:00",
                    **({"lists": ["L1"], "segments": ["S1"]} if number == 0 else {}),
                }
            )
            ids.append(f"profile:{name}")
        profile = ids[0].removeprefix("profile:")
        if count > 1:
            for number, metric in enumerate(("Opened Email", "Opened Email", "Clicked Email")):
                state["events"].append({"id": f"{profile}e{number}", "profile": profile, "metric": metric})
        await self.put(state | {"lists": {"L1": "Newsletter"}, "segments": {"S1": "Engaged"}})
        return ids

    async def snapshot(self) -> object:
        """All profiles but for `updated`, which any change moves on for good, and their events."""
        state = {key: value for key, value in (await self.state()).items() if key not in LATER}
        for profile in state["profiles"]:
            profile.pop("updated", None)
            profile["suppression"] = profile.get("suppression", [])
        return state

    async def present(self, record: Record) -> bool:
        """Whether the profile is there, or an event of it."""
        state = await self.state()
        name = record.id.removeprefix("profile:")
        held = any(each["id"] == name for each in state["profiles"])
        return held or any(each["profile"] == name for each in state["events"])


ENTRY: dict[str, Any] = {
    "name": "klaviyo",
    "kind": "klaviyo",
    "title": "Email platform (Klaviyo)",
    "secret": SecretStr(KEY),
    "page_size": 2,
    "requests_per_second": None,
    "timeout_seconds": 1.5,
}
