"""`make up`: the same company on its fixed ports, with Temporal's UI, until Ctrl-C. What it holds is kept."""

import asyncio
import json
import shlex
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import holdings, staff
from demo.processes import DidNotStart, is_free
from demo.stack import ROOT, VENDORS, Ports, Stack, running

SHORT_HOLD = ('hold_before_erasure = "PT24H"', 'hold_before_erasure = "PT2M"')


async def up(folder: Path, console: Console) -> int:
    """Run until cancelled, or until something dies."""
    ports = Ports.fixed()
    taken = [str(port) for port in vars(ports).values() if not is_free(port)]
    if taken:
        raise DidNotStart(f"Something else listens on the port {', '.join(taken)}. Stop it, then `make up` again.")
    console.print("Starting ...")
    kept = folder / "vendors.json"
    states = _read(kept)
    policy = (ROOT / "policy.toml").read_text(encoding="utf-8").replace(*SHORT_HOLD)
    signed_in = {"HABEAS_STAFF": f"file:{staff.accounts(folder)}"}
    async with running(folder, ports, policy=policy, with_ui=True, changed=signed_in) as stack:
        await _fill(stack, states)
        try:
            _write_environment(stack)
            _tell(stack, console)
            return await _watch(stack, console)
        finally:
            held = {name: await stack.state(name) for name in VENDORS}
            kept.write_text(json.dumps(held), encoding="utf-8")


async def _fill(stack: Stack, states: dict[str, Any] | None) -> None:
    """What the vendors held when it was stopped, or what they hold at first."""
    if states is None:
        await holdings.plant(stack)
    else:
        for name, state in states.items():
            await stack.seed(name, state)


def _read(kept: Path) -> dict[str, Any] | None:
    return dict(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else None


async def _watch(stack: Stack, console: Console) -> int:
    """Say which process died, should one."""
    while True:
        for process in (stack.engine, stack.standins, stack.mail, stack.worker, stack.web):
            if not process.runs:
                console.print(f"{process.name} ended by itself. The end of {process.log}:", style="bold")
                console.print(process.tail(), markup=False)
                return 1
        await asyncio.sleep(1)


def _write_environment(stack: Stack) -> None:
    """What starter.py needs in another shell."""
    file = stack.folder / "env"
    file.touch(mode=0o600)
    ours = {name: value for name, value in stack.environ.items() if name not in {"PATH", "PYTHONUNBUFFERED"}}
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in ours.items()), encoding="utf-8")


def _tell(stack: Stack, console: Console) -> None:
    ports, env = stack.ports, (stack.folder / "env").relative_to(ROOT)
    url = stack.environ["HABEAS_PUBLIC_URL"]
    where = (
        ("people ask", f"{url}/privacy"),
        ("staff work", f"{url}/staff   sign in as {' or '.join(staff.NAMES)}; password: {staff.PASSWORD}"),
        ("Temporal UI", f"http://127.0.0.1:{ports.ui}"),
        ("programs", f"{url}/v1/openapi.json"),
        ("mail", f"IMAP 127.0.0.1:{ports.imap}, anybody's address and the password demo"),
        ("vendors", f"http://127.0.0.1:{ports.standins}/mailchimp/_control/state   and notion, figma, ga4"),
        ("S3", stack.s3.endpoint_url),
        ("logs", f"{stack.folder.relative_to(ROOT)}/*.log"),
    )
    console.print("\n[bold]The company is up.[/] Ctrl-C stops it; what it holds is kept, letters are not.\n")
    for name, address in where:
        console.print(f"  [dim]{name:<13}[/]{address}", soft_wrap=True)
    console.print("\nIn another shell:\n")
    for line in (
        f"set -a; . {env}; set +a; alias starter='.venv/bin/python starter.py'",
        "starter systems",
        "starter submit delete --email ada@example.com",
        f"curl -s --user ada@example.com:demo 'imap://127.0.0.1:{ports.imap}/INBOX;MAILINDEX=1'   # her letter",
        "starter confirm REQUEST CODE",
        "starter status REQUEST",
        "starter tasks",
        "starter audit verify",
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    others = "grace@example.org, barbara@example.net, edsger@example.nl, katherine@example.com"
    console.print(f"\nAlso known: {others}.", soft_wrap=True)
