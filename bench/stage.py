"""What the benchmark runs on: an engine on its file, the vendors in a process, both workers, and the post office."""

import base64
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.bare import READY
from bench.people import Asker, states
from bench.post import PostOffice, open_post_office
from demo import selection
from demo.processes import Process, ending, free_ports, listens, tool
from demo.stack import ENGINE_FLAGS, ROOT
from standins.figma import AUDIT_TOKEN, SCIM_TOKEN, TOKEN
from standins.ga4 import service_account
from standins.s3_store import ACCESS_KEY

VENDORS = ("ga4", "mailchimp", "notion", "figma", "s3")

SYSTEMS = Path(__file__).parent / "systems.toml"


@dataclass(frozen=True)
class Ports:
    """Where everything listens."""

    engine: int
    standins: int
    smtp: int

    @property
    def vendors(self) -> str:
        """The stand-ins' address; each is below it by its name."""
        return f"http://127.0.0.1:{self.standins}"


class Vendors:
    """The stand-ins, seen from behind."""

    def __init__(self, http: aiohttp.ClientSession, address: str, google: dict[str, str]) -> None:
        self._http = http
        self._address = address
        self._google = google

    async def seed(self, askers: Sequence[Asker], rows: int = 0) -> None:
        """Let them hold these people and nobody else."""
        for name, state in states(askers, self._google, rows).items():
            async with self._http.put(f"{self._address}/{name}/_control/state", json=state) as answer:
                answer.raise_for_status()
            async with self._http.delete(f"{self._address}/{name}/_control/calls") as answer:
                answer.raise_for_status()

    async def calls(self) -> int:
        """How often they were asked since they were seeded."""
        count = 0
        for name in VENDORS:
            async with self._http.get(f"{self._address}/{name}/_control/calls") as answer:
                count += len(await answer.json())
        return count


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    folder: Path
    environ: dict[str, str]
    engine: Process
    standins: Process
    saga: Process
    bare: Process
    vendors: Vendors
    post: PostOffice


@asynccontextmanager
async def vendors_only(folder: Path) -> AsyncIterator[tuple[Vendors, Process, dict[str, str]]]:
    """The stand-ins alone, and the environment that leads to them."""
    ports = Ports(*free_ports(3))
    google = service_account(f"{ports.vendors}/ga4/token")
    environ = _environ(folder, ports, google)
    standins = Process("standins", [sys.executable, "-m", "standins", "--port", str(ports.standins)], environ, folder)
    async with ending(standins), aiohttp.ClientSession() as http:
        await standins.start(listens(ports.standins))
        yield Vendors(http, ports.vendors, google), standins, environ


@asynccontextmanager
async def set_up(folder: Path) -> AsyncIterator[Stage]:
    """Set everything up in an empty folder, and take it down again."""
    async with AsyncExitStack() as stack:
        vendors, standins, environ = await stack.enter_async_context(vendors_only(folder))
        post = await stack.enter_async_context(open_post_office(int(environ["HABEAS_SMTP_URL"].rpartition(":")[2])))
        engine = Process("engine", _engine(folder, environ["TEMPORAL_ADDRESS"]), environ, folder)
        saga = Process("worker", [sys.executable, str(ROOT / "worker.py")], environ, folder)
        bare = Process("bare", [sys.executable, "-m", "bench.bare"], environ, folder)
        await stack.enter_async_context(ending(engine))
        await engine.start(listens(int(environ["TEMPORAL_ADDRESS"].rpartition(":")[2])))
        for process, words in ((saga, "worker ready"), (bare, READY)):
            await stack.enter_async_context(ending(process))
            await process.start(process.says(words))
        yield Stage(folder, environ, engine, standins, saga, bare, vendors, post)


def _engine(folder: Path, address: str) -> list[str]:
    port = address.rpartition(":")[2]
    file = str(folder / "engine.sqlite")
    start = [tool("temporal"), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", port]
    return [*start, "--db-filename", file, *ENGINE_FLAGS]


def _environ(folder: Path, ports: Ports, google: dict[str, str]) -> dict[str, str]:
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    shipped = selection.policy((ROOT / "policy.toml").read_text(encoding="utf-8"))
    policy = folder / "policy.toml"
    policy.write_text(
        shipped.replace('hold_before_erasure = "PT24H"', 'hold_before_erasure = "PT0S"'), encoding="utf-8"
    )
    figma = {"token": TOKEN, "audit_token": AUDIT_TOKEN, "scim_token": SCIM_TOKEN}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{ports.engine}",
        "HABEAS_POLICY": str(policy),
        "HABEAS_SYSTEMS": str(SYSTEMS),
        "HABEAS_LEDGER_URL": f"sqlite:///{folder / 'ledger.sqlite'}",
        "HABEAS_LEDGER_KEY": key(),
        "HABEAS_VAULT_URL": f"file:{folder / 'vault'}",
        "HABEAS_MASTER_KEYS": f"bench:{key()}",
        "HABEAS_SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
        "HABEAS_GA4_BASE_URL": f"{ports.vendors}/ga4",
        "HABEAS_GA4_BIGQUERY_URL": f"{ports.vendors}/ga4",
        "HABEAS_GA4_TOKEN_URL": f"{ports.vendors}/ga4/token",
        "HABEAS_MAILCHIMP_BASE_URL": f"{ports.vendors}/mailchimp/3.0",
        "HABEAS_NOTION_BASE_URL": f"{ports.vendors}/notion/v1",
        "HABEAS_FIGMA_BASE_URL": f"{ports.vendors}/figma",
        "HABEAS_FIGMA_SCIM_URL": f"{ports.vendors}/figma/scim/v2",
        "HABEAS_S3_BASE_URL": f"{ports.vendors}/s3",
        "GA4_SERVICE_ACCOUNT": json.dumps(google),
        "MAILCHIMP_API_KEY": "standin-us1",
        "NOTION_TOKEN": "standin-notion",
        "FIGMA_TOKEN": json.dumps(figma),
        "S3_CREDENTIALS": json.dumps({"access_key_id": ACCESS_KEY, "secret_access_key": "anything"}),
    }
