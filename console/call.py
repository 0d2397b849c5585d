"""What a command that touches requests is called with: the desk, as the web process uses it, and all beneath it."""

import argparse
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import settings
from connectors import catalogue
from dsar.data_map import System
from foundation import Foundation, founded, key_for
from intake.desk import Desk
from intake.engine import Engine


@dataclass(frozen=True)
class Call:
    """One command, with all that it may need."""

    args: argparse.Namespace
    settings: settings.Settings
    desk: Desk
    foundation: Foundation


@asynccontextmanager
async def called(args: argparse.Namespace) -> AsyncIterator[Call]:
    """The real things, opened for one command and closed after it."""
    configured = settings.read()
    async with founded(configured) as foundation:
        yield Call(args=args, settings=configured, desk=desk(configured, foundation), foundation=foundation)


def desk(configured: settings.Settings, foundation: Foundation) -> Desk:
    """The desk, as the command line and the web process use it."""
    return Desk(
        engine=Engine(foundation.connect, configured.task_queue),
        ledger=foundation.ledger,
        vault=foundation.vault,
        policies=foundation.policies,
        policy=configured.policy,
        systems=data_map(configured.systems),
        subject_key=key_for(configured, "subject"),
    )


def data_map(entries: Mapping[str, Mapping[str, object]]) -> list[System]:
    """The systems, as a request pins them."""
    return [
        System(name=name, title=c.config.title, can=c.can, learns=c.config.learns, needs=c.config.needs)
        for name, c in catalogue.build(entries).items()
    ]
