"""Google Drive's rig: a folder for each person in a shared drive, two files to a page."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.drive import GoogleDrive
from connectors.drive_config import DriveConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.drive import FOLDER, app
from standins.google_account import public_key, service_account
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded

ROOT = "clients"
DRIVE = "0ASharedDrive"
ACCOUNT = service_account("https://oauth2.googleapis.com/token")
"""One for all: making a key takes a tenth of a second."""


def state(files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What the stand-in holds."""
    return {"service_accounts": {ACCOUNT["client_email"]: public_key(ACCOUNT)}, "files": files}


def config(address: str, **changed: Any) -> DriveConfig:
    """An entry of systems.toml for the stand-in."""
    entry = {
        "name": "drive",
        "kind": "drive",
        "title": "Google Drive",
        "base_url": address,
        "token_url": f"{address}/token",
        "secret": SecretStr(json.dumps(ACCOUNT)),
        "folders": ({"root": ROOT, "name": "Client {customer_id}"},),
    }
    return DriveConfig.model_validate(entry | changed)


class DriveRig(Played):
    """A stand-in with one shared drive. The first record of a person is their folder, the others are in it.

    Impossible here: Google sends no 529.
    """

    name = "drive"
    lossy = False

    def __init__(self, **changed: Any) -> None:
        self.exchanges: list[Exchange] = []
        self._changed = {"page_size": 2, "timeout_seconds": 1.5} | changed

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty drive."""
        async with self.playing(recorded(app(state({})), self.exchanges)) as address:
            self.connector = GoogleDrive(config(address, **self._changed))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant a folder, and `count` - 1 files in it, one of them in a folder of its own in the middle."""
        held = await self.state()
        files, name = held["files"], f"Client {identity.values(Key.CUSTOMER_ID)[0]}"
        first = len(files)
        folder = f"f{first:04}"
        files[folder] = {"name": name, "mime": FOLDER, "parents": [ROOT], "drive": DRIVE}
        planted = [folder]
        for number in range(first + 1, first + count):
            parent, planted = (planted[-1] if number % 5 == 4 else folder), [*planted, f"f{number:04}"]
            is_folder = number % 5 == 3
            parent = parent if files[parent]["mime"] == FOLDER else folder
            files[planted[-1]] = {
                "name": f"file {number}",
                "mime": FOLDER if is_folder else "text/plain",
                "body": "" if is_folder else f"content {number}",
                "parents": [parent],
                "drive": DRIVE,
            }
        await self.put(held)
        return [f"file:{each}" for each in planted]

    async def snapshot(self) -> object:
        """The whole drive."""
        return await self.state()

    async def present(self, record: Record) -> bool:
        """Whether the file is there, be it in the trash."""
        return record.state["file"] in (await self.state())["files"]
