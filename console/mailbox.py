"""The mailbox: read once, or for as long as the command runs; `serve` reads it too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import partial

from console.call import Call
from console.commands import Commands
from console.screen import out
from dsar.mail_rules import Verdict
from foundation import key_for
from intake.engine import Engine, EngineDown
from intake.inbox import BadInbox, InboxDown, opened, parse_address
from intake.mail_door import MailDoor, Own
from intake.mailbox import Mailbox
from intake.refusals import Refused
from settings import BadSettings

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

WORDS = {
    Verdict.REQUEST: "became requests",
    Verdict.UNCLEAR: "wait for a person: python starter.py tasks",
    Verdict.NOT_A_REQUEST: "are no requests",
    Verdict.AUTOMATIC: "nobody wrote",
}


def mailbox(call: Call) -> Mailbox:
    """The mailbox that the settings name.

    Raises:
        BadSettings: they name none, or one that cannot be used.
    """
    configured, foundation = call.settings, call.foundation
    if not configured.imap_url:
        raise BadSettings("HABEAS_IMAP_URL is not set: there is no mailbox to read")
    try:
        address = parse_address(configured.imap_url, configured.imap_secret.get_secret_value())
    except BadInbox as error:
        raise BadSettings(str(error)) from None
    key = key_for(configured, "mail")
    door = MailDoor(
        desk=call.desk,
        engine=Engine(foundation.connect, configured.task_queue),
        ledger=foundation.ledger,
        vault=foundation.vault,
        policies=foundation.policies,
        policy=configured.policy,
        own=Own(parseaddr(configured.mail_from)[1] or configured.mail_from, configured.public_url),
        key=key,
    )
    return Mailbox(partial(opened, address), address.name, door, foundation.ledger, key)


@asynccontextmanager
async def reading(call: Call) -> AsyncIterator[None]:
    """Read the mailbox in the background, where there is one."""
    if not call.settings.imap_url:
        yield
        return
    task = asyncio.create_task(mailbox(call).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def read(call: Call) -> int:
    """Read the mailbox that requests come to: once, or until it is stopped."""
    box = mailbox(call)
    since = LONG_AGO if call.args.from_the_start else None
    try:
        counts = await box.read(since)
    except InboxDown as error:
        raise Refused(str(error)) from None
    except EngineDown:
        raise Refused("the engine cannot be reached: mails that a person has to read wait in the mailbox") from None
    for verdict, words in WORDS.items():
        out.print(f"{counts[verdict]} {words}")
    if not call.args.once:
        await box.run()
    return 0


def add(commands: Commands) -> None:
    """Register mailbox."""
    command = commands.founded("mailbox", read)
    command.add_argument("--once", action="store_true", help="read what is there, and end")
    command.add_argument(
        "--from-the-start", action="store_true", help="at the first reading ever: take in what lies there already, too"
    )
