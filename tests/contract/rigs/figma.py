"""Figma's rig: a person's first record is a file they worked on, the others are comments."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.figma import Figma
from connectors.figma_account import FigmaConfig
from connectors.figma_records import authors_of
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.figma import AUDIT_TOKEN, SCIM_TOKEN, TENANT, TOKEN, app, comment, file, user, version
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded

TEAM, PROJECTS = "11", ("22", "23")
ADA = "4711"
"""The token belongs to the account with this number, so that its comments can be deleted and others' cannot."""


class FigmaRig(Played):
    """A stand-in with one team of two projects of two files, looked into one file at a time.

    Impossible: Figma sends no 529.
    """

    name = "figma"
    lossy = False

    def __init__(self, secret: dict[str, str] | None = None, **config: Any) -> None:
        self._secret = secret or {"token": TOKEN, "audit_token": AUDIT_TOKEN, "scim_token": SCIM_TOKEN}
        self.exchanges: list[Exchange] = []
        self._config = {"tenant_id": TENANT, "files_per_page": 1, "log_page_size": 2, "timeout_seconds": 1.5} | config

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with files that somebody else made, and nobody has commented on."""
        async with self.playing(recorded(app(_seed()), self.exchanges)) as address:
            given = {
                "name": "figma",
                "kind": "figma",
                "title": "Figma",
                "base_url": address,
                "scim_url": f"{address}/scim/v2",
                "secret": SecretStr(json.dumps(self._secret)),
                "team_ids": (TEAM,),
            }
            self.connector = Figma(FigmaConfig.model_validate(given | self._config))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Make the person a user of the organisation who saved one version and left `count` - 1 comments.

        With a `count` of one, it is a comment.
        """
        (number,) = identity.values(Key.FIGMA_USER_ID)[:1]
        account = user(number, f"Handle {number}")
        state = await self.state()
        state["scim_users"].append({"id": number, "userName": identity.values(Key.EMAIL)[0]})
        files = [each for project in state["teams"][0]["projects"] for each in project["files"]]
        ids = []
        for n in range(count):
            where = files[n % len(files)]
            if n == 1:
                newest = max((int(each["id"]) for each in where["versions"]), default=0)
                where["versions"].append(version(str(newest + 1), account))
                ids.append(f"file:{where['key']}")
            else:
                written = comment(f"{number}-{n}", where["key"], account, f"Comment {n} of {number}")
                where["comments"].append(written)
                ids.append(f"comment:{where['key']}:{number}-{n}")
        await self.put(state)
        return ids

    async def snapshot(self) -> object:
        """Everything."""
        return await self.state()

    async def present(self, record: Record) -> bool:
        """Whether the comment is there, or the file with the person in its history."""
        state = await self.state()
        held = {each["key"]: each for project in state["teams"][0]["projects"] for each in project["files"]}
        where = held.get(record.state["file"], {"comments": [], "versions": []})
        if "comment" in record.state:
            return any(each["id"] == record.state["comment"] for each in where["comments"])
        return any(each["user"]["id"] in authors_of(record) for each in where["versions"])


def _seed() -> dict[str, Any]:
    studio = user("900", "Studio")
    projects = []
    for number in PROJECTS:
        files = [file(f"key{number}{letter}", f"File {number}{letter}", studio) for letter in "ab"]
        for each in files:
            each["versions"] = [version(str(n), studio) for n in range(1, 61)]
        projects.append({"id": number, "name": f"Project {number}", "files": files})
    return {"me": ADA, "teams": [{"id": TEAM, "name": "Studio", "projects": projects}]}
