"""When an answer is due, and why."""

import argparse
import json

from console.commands import Commands
from console.screen import err
from dsar.clock_events import parse_event
from dsar.clock_words import as_json, as_text
from dsar.clocks import clock
from dsar.regimes import home_zone
from dsar.requests import Regime, Right
from dsar.zones import parse_received


def show_clock(args: argparse.Namespace) -> int:
    """Work out a request's dates, without a request."""
    try:
        zone = home_zone(args.regime, args.region) if args.zone is None else args.zone
        sheet = clock(
            args.regime,
            args.right,
            parse_received(args.received, zone),
            zone=zone,
            person_zone=args.person_zone,
            region=args.region,
            events=[parse_event(event) for event in args.event],
            id_pause=not args.no_id_pause,
        )
    except ValueError as error:
        err.print(str(error))
        return 2
    print(json.dumps(as_json(sheet), indent=2) if args.json else as_text(sheet))
    return 0


def add(commands: Commands) -> None:
    """Register clock."""
    dates = commands.alone("clock", show_clock)
    dates.add_argument("--regime", type=Regime, choices=list(Regime), required=True)
    dates.add_argument("--right", type=Right, choices=list(Right), required=True)
    dates.add_argument("--received", required=True, metavar="WHEN", help="2026-05-05, or 2026-05-05T23:30-07:00")
    dates.add_argument("--zone", help="the controller's; default: the region's or the regime's usual one")
    dates.add_argument("--person-zone", metavar="ZONE", help="the person's: the earlier of the two dates counts")
    dates.add_argument("--region", help="whose holidays, ISO 3166: DE-BY")
    dates.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="KIND=DATE",
        help="extension-notice, id-requested, id-received, clarification-requested, clarification-received",
    )
    dates.add_argument("--no-id-pause", action="store_true", help="EU: the legal date does not wait for proof")
    dates.add_argument("--json", action="store_true")
