"""When an answer is due, and why."""

import argparse
import json

from console.commands import Commands
from console.screen import err
from dsar.clock_words import as_json, as_text
from dsar.clocks import RefusedEvent, clock, parse_event
from dsar.requests import Regime, Right
from dsar.zones import UnknownZone, parse_received


def show_clock(args: argparse.Namespace) -> int:
    """Work out a request's dates, without a request."""
    zone = args.zone or "America/Los_Angeles"
    try:
        sheet = clock(
            args.regime,
            args.right,
            parse_received(args.received, zone),
            zone=args.zone,
            region=args.region,
            events=[parse_event(event) for event in args.event],
        )
    except (RefusedEvent, UnknownZone, ValueError) as error:
        err.print(str(error))
        return 2
    print(json.dumps(as_json(sheet), indent=2) if args.json else as_text(sheet))
    return 0


def add(commands: Commands) -> None:
    """Register clock."""
    dates = commands.alone("clock", show_clock)
    dates.add_argument("--regime", type=Regime, choices=list(Regime), required=True)
    dates.add_argument("--right", type=Right, choices=list(Right), required=True)
    dates.add_argument("--received", required=True)
    dates.add_argument("--zone")
    dates.add_argument("--region")
    dates.add_argument("--event", action="append", default=[], metavar="KIND=DATE")
    dates.add_argument("--json", action="store_true")
