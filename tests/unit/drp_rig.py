"""An authorised agent in front of the web door, with a real ledger behind it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from ledger.ledger import Ledger
from tests.unit.web_rig import Answer, Door, door
from tests.vectors.make_drp import AGENT_KEY, CLAIMS, NOW, OTHER_KEY, public, signed
from web.desk import WebDesk
from web.drp.door import DrpDoor
from web.partners import Agent, Drp

CALLBACK = "https://agent.example.test/status"
BASE = "/v1/data-rights-request"
SETTINGS = Drp(
    business_id="EXAMPLE_BUSINESS",
    agents={
        "EXAMPLE_AGENT": Agent(verify_key=public(AGENT_KEY), callback_hosts=("agent.example.test",)),
        "OTHER_AGENT": Agent(verify_key=public(OTHER_KEY)),
    },
)
SET_UP = {name: CLAIMS[name] for name in ("agent-id", "business-id", "issued-at", "expires-at", "drp.version")}


class Agency:
    """One agent and its token."""

    def __init__(self, web: Door, token: str) -> None:
        self.web = web
        self.token = token

    async def exercise(self, message: str | None = None, path: str = BASE, **claims: Any) -> Answer:
        return await self.send("POST", path, signed(CLAIMS | claims) if message is None else message)

    async def send(self, method: str, path: str, message: str | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/plain"}
        return await self.web.ask(method, path, data=message, headers=headers)


class Moment:
    """The time of the door, which stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat(NOW)

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def agency(desk: WebDesk, ledger: Ledger, now: Moment | None = None, set_up: str = "") -> AsyncIterator[Agency]:
    """The door, and an agent that has its token."""
    here = DrpDoor(desk, ledger.partners, SETTINGS, patience=5, now=now or Moment())
    async with door(desk, doors=[here]) as web:
        answer = await web.ask(
            "POST", "/v1/agent/EXAMPLE_AGENT", data=signed(SET_UP | ({"nonce": set_up} if set_up else {}))
        )
        yield Agency(web, answer.json["token"])


def flip(message: str, bit: int) -> str:
    """The same message with one bit of its bytes turned."""
    raw = bytearray(base64.b64decode(message))
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    return base64.b64encode(raw).decode()
