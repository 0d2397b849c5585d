"""Meta's rig: a person's second record is a place in a custom audience, the others are leads."""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.meta import Meta
from connectors.meta_config import MetaConfig
from connectors.sent_lists import email_sha256
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.meta import TOKEN, app, audience, lead
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded

ACCOUNT, PAGE = "1001", "3001"
LIST, WEBSITE, EXCLUDED = "2001", "2002", "2003"
FORMS = ("4001", "4002", "4003")


class MetaRig(Played):
    """A stand-in with three forms, one of them empty, and the company's own list of what it uploaded.

    Impossible: Meta sends no 529.
    """

    name = "meta"
    lossy = False
    hint = timedelta(minutes=1)
    uploaded = 1
    """Which of a person's records is the place in the audience."""

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
                    "name": "meta",
                    "kind": "meta",
                    "title": "Meta",
                    "base_url": f"{address}/v26.0",
                    "secret": SecretStr(TOKEN),
                    "ad_accounts": (ACCOUNT,),
                    "pages": (PAGE,),
                    "sent_lists": self.sent,
                    "exclusion_audience": EXCLUDED,
                }
                self.connector = Meta(MetaConfig.model_validate(given | self._config), self._clock)
                try:
                    yield
                finally:
                    await self.connector.close()

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """Many people are read in larger pages."""
        async with super().at_once():
            yield
        self.connector = Meta(self.connector.config.model_copy(update={"page_size": 100}), self._clock)

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Have the person send `count` leads, in place of one of which their address is uploaded to the audience."""
        address = identity.values(Key.EMAIL)[0]
        digest = email_sha256(address)
        state = await self.state()
        forms = state["pages"][PAGE]["forms"]
        number = 5000 + sum(len(form["leads"]) for form in forms)
        ids = []
        for n in range(count):
            if n == self.uploaded:
                state["accounts"][ACCOUNT]["audiences"][0]["members"].append(digest)
                self.upload(LIST, digest)
                ids.append(self.member(digest))
            else:
                number += 1
                answers = {"full_name": "Somebody", "email": address, "what_for": f"Website {n}"}
                forms[n % 2]["leads"].append(lead(str(number), answers))
                ids.append(f"lead:{number}")
        await self.put(state)
        return ids

    def upload(self, audience_id: str, digest: str, day: str = "2026-01-30") -> None:
        """Note in the company's own list that this hash was sent."""
        with self.sent.open("a") as file:
            file.write(f"{audience_id},{digest},{day}\n")

    def member(self, digest: str) -> str:
        """The id of the record of an address in the audience."""
        return f"member:{LIST}:{digest[:16]}"

    async def snapshot(self) -> object:
        """Everything, whatever its order."""
        state = await self.state()
        for each in state["accounts"][ACCOUNT]["audiences"]:
            each["members"].sort()
        return state

    async def present(self, record: Record) -> bool:
        """Whether the form has the lead, or an audience that is advertised to has the address."""
        state = await self.state()
        if "lead" in record.state:
            leads = (each["id"] for form in state["pages"][PAGE]["forms"] for each in form["leads"])
            return record.state["lead"] in leads
        audiences = (each for each in state["accounts"][ACCOUNT]["audiences"] if each["id"] != EXCLUDED)
        return any(set(record.state["hashes"]) & set(each["members"]) for each in audiences)


def _seed() -> dict[str, Any]:
    forms = [{"id": number, "name": f"Form {number}", "status": "ACTIVE", "leads": []} for number in FORMS]
    audiences = [
        audience(LIST, "Customers"),
        audience(WEBSITE, "Visitors", subtype="WEBSITE"),
        audience(EXCLUDED, "Never advertise to"),
    ]
    return {"accounts": {ACCOUNT: {"audiences": audiences}}, "pages": {PAGE: {"forms": forms}}}
