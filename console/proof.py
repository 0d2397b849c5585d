"""Where a code is not enough: what a person tells on the phone of what we hold, and whether they signed."""

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from console.call import Call
from console.commands import Commands, decided_by
from console.screen import out
from dsar.case import State
from dsar.data_points import DECLARATION, Point, Signature, entered
from dsar.status import Status
from intake.desk import Refused


async def prove(call: Call) -> int:
    """Enter what a person tells of what we hold. Whether it was right is said to nobody, you included."""
    told = dict(_told(text) for text in call.args.told)
    taken = await call.desk.prove(call.args.request, told, call.args.by, _signature(call))
    out.print(f"Taken, and being compared. Attempts left: {taken.attempts_left}.")
    out.print("Do not tell the person which of it is right: whoever guesses learns from that.", style="dim")
    return 0


def needed(said: Status) -> str:
    """What a request still waits for beyond the code; nothing, where there is nothing."""
    asked = said.proving
    if asked is None or said.ending or said.state is not State.AWAITING_PROOF:
        return ""
    signed = " and a signed declaration" if asked.declaration else ""
    return (
        f" It was entered; needed beside it: {asked.points} held things{signed}, attempts left: {asked.attempts_left}."
    )


def _told(text: str) -> tuple[Point, str]:
    name, given, value = text.partition("=")
    if not given or name not in set(Point):
        raise Refused(f"--told: write THING=VALUE, where THING is one of {', '.join(Point)}")
    point = Point(name)
    if entered(point, value) is None:
        raise Refused(f"--told: what is given for {name} can be no such thing")
    return point, value


def _signature(call: Call) -> Signature | None:
    if not (name := call.args.signed):
        return None
    controller = call.settings.policy.controller
    day = datetime.now(ZoneInfo(controller.zone)).date()
    text = DECLARATION.format(request=call.args.request, controller=controller.name, name=name, day=day)
    return Signature(name=name, text=text)


def _arguments(command: argparse.ArgumentParser) -> None:
    things = ", ".join(Point)
    command.add_argument(
        "--told", action="append", required=True, metavar="THING=VALUE", help=f"all at once; things: {things}"
    )
    command.add_argument(
        "--signed",
        metavar="NAME",
        help="they signed the declaration under penalty of perjury that `--help` prints below; the name that they "
        "signed with. Keep the paper.",
    )
    command.epilog = "The declaration: " + DECLARATION


def add(commands: Commands) -> None:
    """Register prove."""
    command = commands.founded("prove", prove, "request")
    _arguments(command)
    decided_by(command)
