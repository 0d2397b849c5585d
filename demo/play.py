"""`make demo`: the whole company in a fresh folder, six requests, and what is left of them at the end."""

import asyncio
import shutil
import time
from pathlib import Path

from rich.console import Console

import settings
from activities.packages import PACKAGE
from demo import holdings, scenes
from demo.company import Company
from demo.stack import ROOT, Ports, Stack, running
from demo.theatre import Scene, Theatre
from foundation import founded
from vault.keys import KeyDestroyed

CHANGES = {
    'hold_before_erasure = "PT24H"': 'hold_before_erasure = "PT15S"',
    'link_valid = "P14D"': 'link_valid = "PT60S"',
}
"""In which, beside a code as the only proof, the demo's policy differs from the shipped one: nobody waits for days."""


def shortened() -> str:
    """The shipped policy with its waits cut short."""
    text = (ROOT / "policy.toml").read_text(encoding="utf-8")
    for shipped, short in CHANGES.items():
        if shipped not in text:
            raise RuntimeError(f"policy.toml does not say {shipped}: the demo does not know what to shorten")
        text = text.replace(shipped, short)
    return text


async def play(folder: Path, console: Console) -> int:
    """Play it all; 0 when nothing went differently."""
    began = time.monotonic()
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    console.print("Starting Temporal, SeaweedFS, a mail server, the vendors' stand-ins, worker and web ...")
    async with running(folder, Ports.free(), policy=shortened()) as stack:
        theatre = Theatre(console)
        try:
            await holdings.plant(stack)
            console.print(f"The company is up after {time.monotonic() - began:.0f} s.\n")
            async with theatre.open(), founded(settings.read(stack.environ)) as foundation:
                await _scenes(Company(stack, foundation), theatre)
        except Exception:
            _logs(stack, console)
            raise
        if theatre.failed:
            _logs(stack, console)
        else:
            await _where_to_look(stack, console)
    failed = ", ".join(theatre.failed)
    console.print(f"Went differently: {failed}." if failed else "Everything went as it should, and is stopped again.")
    console.print(f"{time.monotonic() - began:.0f} seconds.", style="dim")
    return 1 if failed else 0


async def _scenes(company: Company, theatre: Theatre) -> None:
    _, package, nothing, taken_back, _ = await asyncio.gather(
        theatre.play("Ada has everything deleted", lambda scene: scenes.deletion(company, scene)),
        theatre.play("Grace asks for a copy", lambda scene: scenes.access(company, scene)),
        theatre.play("Alan, whom nobody knows, asks too", lambda scene: scenes.unknown(company, scene)),
        theatre.play("Edsger changes his mind", lambda scene: scenes.cancelled(company, scene)),
        theatre.play("Katherine wrote 44 days ago", lambda scene: scenes.late_letter(company, scene)),
    )
    await theatre.play("Barbara asks while Notion is down", lambda scene: scenes.outage(company, scene))
    if package and nothing and taken_back:
        over = (package, nothing, taken_back)
        await theatre.play("What is over is forgotten", lambda scene: _forgotten(company, scene, over))


async def _forgotten(company: Company, scene: Scene, over: tuple[str, ...]) -> None:
    """The journal is whole; the keys of what is over are destroyed, and with them the package."""
    package = over[0]
    if await _readable(company, package):  # on a slow machine the engine's own housekeeping may have come first
        scene.say("Grace's package lies sealed in the vault, her link is used up")
    client = await company.foundation.connect()
    scene.line = "her link's time runs out, and her request with it ..."
    await asyncio.gather(*(client.get_workflow_handle(request).result() for request in over))
    await company.staff("forget")
    rows = [await company.foundation.ledger.requests.get(request) for request in over]
    scene.demand(all(row and row.shredded_at for row in rows), "the ledger says that each of them is forgotten")
    scene.expect(
        not await _readable(company, package), f"the keys of {len(over)} are destroyed, and the package cannot be read"
    )
    said = await company.staff("audit", "verify")
    scene.demand("none is missing" in said, "the journal is whole")
    scene.say(said.splitlines()[0] + " " + said.splitlines()[1])


async def _readable(company: Company, request: str) -> bool:
    """Whether whoever starts now, with all keys that there are, can open a package."""
    async with founded(settings.read(company.stack.environ)) as fresh:
        try:
            return bool([block async for block in fresh.vault.stream(request, PACKAGE)])
        except KeyDestroyed:
            return False


async def _where_to_look(stack: Stack, console: Console) -> None:
    async with founded(settings.read(stack.environ)) as foundation:
        head = (await foundation.ledger.journal.verify(None)).head
    folder = stack.folder.relative_to(ROOT)
    for name, where in (
        ("journal's head", head),
        ("evidence", f"{folder}/ledger.sqlite   not a word of personal data in it"),
        ("vault", f"{folder}/vault/   sealed; what is over has no key"),
        ("logs", f"{folder}/*.log"),
        ("policy", f"{folder}/policy.toml   the shipped one for five systems, its waits cut short, by code alone"),
        ("to play yourself", "make up   the same company with the Temporal UI, until Ctrl-C"),
    ):
        console.print(f"[dim]{name:<18}[/]{where}", soft_wrap=True)
    console.print()


def _logs(stack: Stack, console: Console) -> None:
    """The ends of the logs that tell why: what went well is left out."""
    for process in (stack.worker, stack.web, stack.engine, stack.standins, stack.mail):
        lines = [
            line for line in process.tail(400).splitlines() if "status=200" not in line and "status=202" not in line
        ]
        if lines:
            console.print(f"\nThe end of {process.log}:", style="bold", soft_wrap=True)
            console.print("\n".join(lines[-15:]), markup=False, style="dim", soft_wrap=True)
    console.print()
