"""Who asks for the person: an agent, a parent, a guardian, and what they showed; and a passphrase by telephone."""

import argparse
import asyncio
import base64
import mimetypes

from console import files
from console.call import Call
from console.commands import Commands, decided_by
from console.screen import out
from dsar.agency import Age, Agent, Basis, Permission


async def permission(call: Call) -> int:
    """Read the document on which somebody acts for a person, or seal one that came later."""
    if call.args.keep:
        document = await asyncio.to_thread(permission_of, call.args.keep)
        assert document is not None  # noqa: S101 - a path was given
        await call.desk.keep_permission(call.args.request, document, by=call.args.by)
        out.print("Sealed. Its hash is in the journal; it goes with the request's key.")
        return 0
    kept = await call.desk.permission(call.args.request)
    await asyncio.to_thread(files.write_new, call.args.read, kept.content)
    out.print(f"Written to {call.args.read} ({kept.media_type}). Delete it when you have looked at it.")
    return 0


async def passphrase(call: Call) -> int:
    """Make a fresh passphrase, to read out to a person who has proved who they are, at a number known already."""
    out.print(f"Passphrase, shown once: [bold]{await call.desk.passphrase(call.args.request, by=call.args.by)}[/]")
    return 0


def permission_of(path: str | None) -> Permission | None:
    """A file as a document."""
    if path is None:
        return None
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Permission(content=base64.b64encode(files.read(path)), media_type=kind)


def agent_of(args: argparse.Namespace) -> Agent | None:
    """Who asks for the person, as it was typed."""
    if args.agent is None:
        return None
    return Agent(
        basis=args.basis,
        name=args.agent,
        email=args.agent_email,
        answer_to_agent=args.answer_to_agent,
        child=args.child,
    )


def with_agent(new: argparse.ArgumentParser) -> None:
    """The options of `submit` for whoever asks for somebody else."""
    new.add_argument("--agent", metavar="NAME", help="who asks for the person: an agent, a parent, a guardian")
    new.add_argument("--basis", type=Basis, choices=list(Basis), default=Basis.PERMISSION, help="what they act on")
    new.add_argument("--permission", metavar="FILE", help="the document that they showed: it is sealed")
    new.add_argument("--agent-email", help="where the answer goes, if the permission says so")
    new.add_argument("--answer-to-agent", action="store_true", help="the permission says so")
    new.add_argument("--child", type=Age, choices=list(Age), help="a child's age, for a parent or guardian")


def add(commands: Commands) -> None:
    """Register permission, passphrase."""
    document = commands.founded("permission", permission, "request")
    which = document.add_mutually_exclusive_group(required=True)
    which.add_argument("--read", metavar="FILE", help="write it there")
    which.add_argument("--keep", metavar="FILE", help="seal this one")
    decided_by(document)
    decided_by(commands.founded("passphrase", passphrase, "request"))
