"""How a topic's module registers its commands.

    async def status(call: Call) -> int: ...      # needs the desk, the ledger, the vault or the engine
    def show_clock(args: Namespace) -> int: ...   # needs its arguments alone: no settings, no keys

    def add(commands: Commands) -> None:
        commands.founded("status", status, "request").add_argument("--json", action="store_true")
        commands.alone("clock", show_clock)

A command returns its exit code. The first line of its docstring is what `--help` says of it.
"""

import argparse
import asyncio
import getpass
from collections.abc import Awaitable, Callable

from console.call import Call, called

Founded = Callable[[Call], Awaitable[int]]
Alone = Callable[[argparse.Namespace], int]


class Commands:
    """The commands of one command line."""

    def __init__(self, top: argparse.ArgumentParser) -> None:
        self._all = top.add_subparsers(required=True, metavar="COMMAND")

    def founded(self, name: str, run: Founded, *positional: str) -> argparse.ArgumentParser:
        """A command that works on requests: it is called with the settings read and everything opened."""
        return self._made(name, run.__doc__, lambda args: asyncio.run(_founded(run, args)), *positional)

    def alone(self, name: str, run: Alone, *positional: str) -> argparse.ArgumentParser:
        """A command that needs no keys and opens nothing."""
        return self._made(name, run.__doc__, run, *positional)

    def group(self, name: str, says: str) -> "Commands":
        """Commands under one word: `policy check`."""
        return Commands(self._all.add_parser(name, help=says, description=says))

    def _made(self, name: str, says: str | None, run: Alone, *positional: str) -> argparse.ArgumentParser:
        made = self._all.add_parser(name, help=(says or "").partition("\n")[0], description=says)
        for each in positional:
            made.add_argument(each)
        made.set_defaults(run=run)
        return made


def decided_by(command: argparse.ArgumentParser) -> None:
    """Have a command ask who decides, for the journal: `--by`."""
    command.add_argument("--by", default=getpass.getuser(), help="who decides; default: the user of this machine")


async def _founded(run: Founded, args: argparse.Namespace) -> int:
    async with called(args) as call:
        return await run(call)
