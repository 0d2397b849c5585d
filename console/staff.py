"""Who may sign in at the pages for our own people."""

import argparse
import getpass
import sys

from console.commands import Commands
from console.screen import err
from web.staff import accounts


def staff_password(args: argparse.Namespace) -> int:
    """Print the line by which somebody may sign in; the password is asked for, or read from standard input."""
    try:
        name = accounts.named(args.name)
        made = accounts.hashed(_password())
    except ValueError as error:
        err.print(str(error))
        return 2
    print(made.line(name))
    return 0


def _password() -> str:
    """Typed twice where somebody sits there, and otherwise one line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password, at least {accounts.SHORTEST_PASSWORD} letters: ")
    if getpass.getpass("The same again: ") != password:
        raise ValueError("these are two different passwords")
    return password


def add(commands: Commands) -> None:
    """Register staff-password."""
    commands.alone("staff-password", staff_password).add_argument(
        "name", help="the name that decisions are signed with"
    )
