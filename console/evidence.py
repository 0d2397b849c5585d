"""The journal, and what is left of requests that are over."""

import argparse
import asyncio
import re
import secrets

from temporalio.service import RPCError

from console import files
from console.call import Call
from console.commands import Commands
from console.screen import out
from intake.engine import EngineDown
from ledger.audit import audit


async def verify(call: Call) -> int:
    """Check the journal's chain from the first entry to the last."""
    report = await audit(call.foundation.ledger, expect_head=call.args.expect_head)
    for line in report.lines:
        out.print(line)
    return report.exit_code


async def digest(call: Call) -> int:
    """Say as what the ledger knows a content: a file's, or one of which you have the SHA-256."""
    sha256 = call.args.sha256 or await asyncio.to_thread(files.sha256, call.args.file)
    out.print(call.foundation.ledger.digests.of(sha256), soft_wrap=True)
    return 0


async def forget(call: Call) -> int:
    """Run the housekeeping now: destroy the keys of what is over."""
    from workflows.housekeeping import Housekeeping  # noqa: PLC0415 - only this command needs it

    try:
        client = await call.foundation.connect()
        count = await client.execute_workflow(
            Housekeeping.run, id=f"housekeeping-{secrets.token_hex(4)}", task_queue=call.settings.task_queue
        )
    except (RPCError, RuntimeError, OSError):
        raise EngineDown from None
    out.print(f"Forgotten: {count}.")
    return 0


async def rewrap(call: Call) -> int:
    """Wrap every key by the first master key; the older ones can then be taken out."""
    out.print(f"Keys wrapped anew: {await call.foundation.keys.rewrap()}.")
    return 0


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text.lower()):
        raise argparse.ArgumentTypeError("64 hexadecimal digits")
    return text.lower()


def add(commands: Commands) -> None:
    """Register audit, digest, forget, rewrap."""
    chain = commands.founded("audit", verify)
    chain.add_argument("what", choices=["verify"])
    chain.add_argument("--expect-head", help="the head that an earlier run printed")
    content = commands.founded("digest", digest).add_mutually_exclusive_group(required=True)
    content.add_argument("file", nargs="?", help="an attachment, a document, a package as it was downloaded")
    content.add_argument("--sha256", type=_sha256, help="of a letter: docs/letters.md says of what")
    commands.founded("forget", forget)
    commands.founded("rewrap", rewrap)
