"""The whole company, running: what `make demo`, `make up`, the end-to-end tests and the benchmark stand on."""

import base64
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from demo import selection
from demo.processes import Process, ending, free_ports, listens, tool
from standins import figma, seaweed
from standins import mailchimp_account as mailchimp
from standins import notion_workspace as notion
from standins.ga4 import service_account

ROOT = Path(__file__).parent.parent

VENDORS = ("ga4", "mailchimp", "notion", "figma")

SEARCH_ATTRIBUTES = ("HabeasState=Keyword", "HabeasRight=Keyword", "HabeasRegime=Keyword", "HabeasDue=Datetime")

# The engine's file: WAL doubles its rate and survives a kill; the poll rates are the defaults of a laptop, raised.
ENGINE_FLAGS = (
    "--sqlite-pragma", "journal_mode=wal",
    "--sqlite-pragma", "synchronous=1",
    "--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000",
    "--dynamic-config-value", "history.timerProcessorMaxPollRPS=1000",
    "--log-level", "error",
)  # fmt: skip


@dataclass(frozen=True)
class Ports:
    """Where everything listens on this machine."""

    engine: int
    ui: int
    standins: int
    smtp: int
    imap: int
    web: int

    @classmethod
    def fixed(cls) -> "Ports":
        """The ones that `make up` prints."""
        return cls(engine=7233, ui=8233, standins=8090, smtp=8025, imap=8143, web=8080)

    @classmethod
    def free(cls) -> "Ports":
        """Six that nobody uses, for what comes and goes."""
        return cls(*free_ports(6))


@dataclass(frozen=True)
class Stack:
    """Everything that runs, and how to reach it."""

    folder: Path
    ports: Ports
    environ: dict[str, str]
    """What worker and starter are run with."""
    engine: Process
    standins: Process
    mail: Process
    worker: Process
    web: Process
    s3: seaweed.Endpoint
    http: aiohttp.ClientSession

    async def start_worker(self) -> None:
        """Start the worker, or start it again."""
        await self.worker.start(self.worker.says("worker ready"))

    async def start_web(self) -> None:
        """Open the web door, or open it again."""
        await self.web.start(self.web.says("web ready"))

    async def start_engine(self) -> None:
        """Start the engine, or start it again on its file."""
        await self.engine.start(listens(self.ports.engine))

    def vendor(self, name: str) -> str:
        """A stand-in's address."""
        return f"http://127.0.0.1:{self.ports.standins}/{name}"

    async def seed(self, name: str, state: Any) -> None:
        """Replace what a vendor holds."""
        async with self.http.put(f"{self.vendor(name)}/_control/state", json=state) as answer:
            answer.raise_for_status()

    async def state(self, name: str) -> Any:
        """What a vendor holds now."""
        async with self.http.get(f"{self.vendor(name)}/_control/state") as answer:
            return await answer.json()

    async def break_vendor(self, name: str, kind: str, times: int = -1, path: str = "") -> None:
        """Make a vendor misbehave, for ever or so many times."""
        fault = {"kind": kind, "times": times, "path": path}
        async with self.http.post(f"{self.vendor(name)}/_control/faults", json=fault) as answer:
            answer.raise_for_status()

    async def mend_vendor(self, name: str) -> None:
        """End all its faults."""
        async with self.http.delete(f"{self.vendor(name)}/_control/faults") as answer:
            answer.raise_for_status()

    async def calls(self, name: str) -> list[dict[str, str]]:
        """What a vendor was asked, oldest first."""
        async with self.http.get(f"{self.vendor(name)}/_control/calls") as answer:
            return list(await answer.json())


@asynccontextmanager
async def running(
    folder: Path, ports: Ports, *, policy: str, with_ui: bool = False, changed: Mapping[str, str] | None = None
) -> AsyncIterator[Stack]:
    """Run the company in a folder of its own; `policy` is the text of its policy.toml, `changed` of its environment."""
    async with AsyncExitStack() as stack:
        s3 = await stack.enter_async_context(seaweed.running(_made(folder / "s3")))
        # The UI cannot send a token, and nobody but this machine reaches /codec.
        codec = {"HABEAS_CODEC_TOKEN": "none"} if with_ui else {}
        environ = {**_environ(folder, ports, policy, s3), **codec, **(changed or {})}
        python = sys.executable
        engine = Process("engine", _engine(folder, ports, with_ui=with_ui), environ, folder)
        standins = Process("standins", [python, "-m", "standins", "--port", str(ports.standins)], environ, folder)
        mail = Process("mail", _mail(ports), environ, folder)
        worker = Process("worker", [python, str(ROOT / "worker.py")], environ, folder)
        web = Process("web", [python, str(ROOT / "starter.py"), "serve"], environ, folder)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        running_stack = Stack(folder, ports, environ, engine, standins, mail, worker, web, s3, http)
        for process, ready in (
            (engine, listens(ports.engine)),
            (standins, listens(ports.standins)),
            (mail, listens(ports.smtp, ports.imap)),
        ):
            await stack.enter_async_context(ending(process))
            await process.start(ready)
        await stack.enter_async_context(ending(worker))
        await running_stack.start_worker()
        await stack.enter_async_context(ending(web))
        await running_stack.start_web()
        yield running_stack


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _engine(folder: Path, ports: Ports, *, with_ui: bool) -> list[str]:
    ui = ["--ui-port", str(ports.ui), "--ui-codec-endpoint", f"http://127.0.0.1:{ports.web}/codec"]
    attributes = [flag for attribute in SEARCH_ATTRIBUTES for flag in ("--search-attribute", attribute)]
    return [
        tool("temporal"), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(ports.engine),
        "--db-filename", str(folder / "engine.sqlite"),
        *(ui if with_ui else ["--headless"]), *attributes, *ENGINE_FLAGS,
    ]  # fmt: skip


def _mail(ports: Ports) -> list[str]:
    return [
        tool("mail_devel"), "--host", "127.0.0.1", "--multi-user", "--password", "demo", "--no-http",
        "--smtp-port", str(ports.smtp), "--imap-port", str(ports.imap),
    ]  # fmt: skip


def _environ(folder: Path, ports: Ports, policy: str, s3: seaweed.Endpoint) -> dict[str, str]:
    """The environment of worker and starter. Keys are made once a folder, so that it can be opened again."""
    (folder / "policy.toml").write_text(selection.policy(policy), encoding="utf-8")
    systems = folder / "five-systems.toml"
    systems.write_text(selection.data_map((ROOT / "systems.toml").read_text(encoding="utf-8")), encoding="utf-8")
    kept = folder / "keys.json"
    if not kept.exists():
        keys = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in ("master", "ledger", "webhook")}
        google = service_account(f"http://127.0.0.1:{ports.standins}/ga4/token")
        kept.touch(mode=0o600)
        kept.write_text(json.dumps({**keys, "google": google}), encoding="utf-8")
    keys = json.loads(kept.read_text(encoding="utf-8"))
    vendors = f"http://127.0.0.1:{ports.standins}"
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{ports.engine}",
        "HABEAS_POLICY": str(folder / "policy.toml"),
        "HABEAS_SYSTEMS": str(systems),
        "HABEAS_LEDGER_URL": f"sqlite:///{folder / 'ledger.sqlite'}",
        "HABEAS_LEDGER_KEY": keys["ledger"],
        "HABEAS_VAULT_URL": f"file:{folder / 'vault'}",
        "HABEAS_MASTER_KEYS": f"demo:{keys['master']}",
        "HABEAS_WEBHOOK_SECRETS": f"whsec_{keys['webhook']}",
        "HABEAS_SMTP_URL": f"smtp://demo:demo@127.0.0.1:{ports.smtp}",
        "HABEAS_PUBLIC_URL": f"http://127.0.0.1:{ports.web}",
        "HABEAS_UI_ORIGIN": f"http://127.0.0.1:{ports.ui}",
        "HABEAS_PORT": str(ports.web),
        "HABEAS_GA4_BASE_URL": f"{vendors}/ga4",
        "HABEAS_GA4_BIGQUERY_URL": f"{vendors}/ga4",
        "HABEAS_GA4_TOKEN_URL": f"{vendors}/ga4/token",
        "HABEAS_MAILCHIMP_BASE_URL": f"{vendors}/mailchimp/3.0",
        "HABEAS_NOTION_BASE_URL": f"{vendors}/notion/v1",
        "HABEAS_NOTION_FILES_URL": f"{vendors}/notion/files/",
        "HABEAS_FIGMA_BASE_URL": f"{vendors}/figma",
        "HABEAS_S3_BASE_URL": s3.endpoint_url,
        "GA4_SERVICE_ACCOUNT": json.dumps(keys["google"]),
        "MAILCHIMP_API_KEY": mailchimp.KEY,
        "NOTION_TOKEN": notion.TOKEN,
        "FIGMA_TOKEN": json.dumps(
            {"token": figma.TOKEN, "audit_token": figma.AUDIT_TOKEN, "scim_token": figma.SCIM_TOKEN}
        ),
        "S3_CREDENTIALS": s3.secret,
    }
