"""Process 2: the command line for submitting and following requests, and `serve`, which opens the web door."""

import argparse
import os
import sys

from pydantic import ValidationError

from console import (
    agency,
    clock,
    comparing,
    evidence,
    holds,
    imports,
    mailbox,
    policies,
    proof,
    replay,
    report,
    requests,
    service,
    setup,
    staff,
    talking,
    tasks,
    withheld,
)
from console.commands import Commands
from console.requests import as_typed
from console.screen import err
from foundation import UNUSABLE
from intake.desk import NotFound, Refused
from intake.engine import EngineDown

TOPICS = (
    requests,
    comparing, proof, agency, withheld, tasks, talking, holds, imports, policies, evidence, report, replay, service,
    mailbox, setup, staff, clock,
)  # fmt: skip
"""In the order in which `--help` lists their commands."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="starter.py", description="Habeas: rights requests, from receipt to evidence.")
    commands = Commands(top)
    for topic in TOPICS:
        topic.add(commands)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command. Exits 2 on what cannot be done as it was asked, and says what to do."""
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except ValidationError as error:
        for mistake in error.errors():
            err.print(as_typed(".".join(map(str, mistake["loc"])), mistake["msg"]))
    except (*UNUSABLE, Refused, NotFound) as error:
        err.print(str(error))
    except EngineDown:
        err.print("The engine cannot be reached. Is it running, and is TEMPORAL_ADDRESS right?")
    except KeyboardInterrupt:
        return 130
    return 2


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's core can abort the interpreter while it is torn down; everything of ours is closed by now.
    os._exit(status)
