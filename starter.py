"""Process 2: the command line for submitting and following requests, and `serve`, which opens the web door."""

import argparse
import asyncio
import base64
import getpass
import json
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text
from temporalio.service import RPCError

import settings
from activities.pages import plan_pages
from connectors import catalogue
from dsar.case import State, TaskState
from dsar.clock_words import as_json, as_text
from dsar.clocks import RefusedEvent, clock, parse_event
from dsar.data_map import System
from dsar.requests import Regime, Right
from dsar.status import STATE_IN_WORDS
from dsar.submission import Channel, Person, Submission
from dsar.zones import UnknownZone, parse_received
from foundation import UNUSABLE, Foundation, founded, key_for
from intake.desk import Desk, NotFound, Refused
from intake.engine import Engine, EngineDown
from ledger.audit import audit
from vault.codec import decode_payloads

PIPE_WIDTH = 200
"""Of lines that nobody's terminal limits."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@dataclass(frozen=True)
class Call:
    """One command, with all that it may need."""

    args: argparse.Namespace
    settings: settings.Settings
    desk: Desk
    foundation: Foundation


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


async def submit(call: Call) -> int:
    """Take a request in, and start it."""
    given = {name: getattr(call.args, name) for name in Person.model_fields if getattr(call.args, name) is not None}
    receipt = await call.desk.submit(
        Submission(
            right=call.args.right,
            person=Person(**given),
            channel=call.args.channel,
            regime=call.args.regime,
            region=call.args.region,
            zone=call.args.zone,
            received=_received(call.args.received),
            dry_run=call.args.dry_run,
        )
    )
    if call.args.json:
        out.print_json(receipt.model_dump_json())
        return 0
    state = "joined the request that was open already" if receipt.joined else "received"
    out.print(f"[bold]{receipt.request_id}[/] {state}. Answer by {receipt.safe} (legal date {receipt.due}).")
    if not receipt.started:
        out.print("The engine is down. The request is kept, and `serve` starts it as soon as the engine is back.")
    if not call.args.dry_run:
        out.print(f"Passphrase for the download, shown once: [bold]{receipt.passphrase}[/]")
    return 0


async def status(call: Call) -> int:
    """Say where a request stands."""
    row = await call.desk.row(call.args.request)
    if row.closed_at is not None:
        out.print(f"[bold]{row.id}[/] {row.right} ({row.regime}): {row.outcome}, {row.closed_at:%Y-%m-%d %H:%M} UTC.")
    try:
        said = await call.desk.status(call.args.request)
    except (Refused, EngineDown) as error:
        if row.closed_at is None:
            out.print(f"[bold]{row.id}[/] {row.state}. {error or 'The engine is down; the request is kept.'}")
        return 0
    if call.args.json:
        out.print_json(said.model_dump_json(exclude={"tasks": {"__all__": {"instructions"}}}))
        return 0
    if row.closed_at is None:
        out.print(f"[bold]{row.id}[/] {said.right} ({said.regime}): {STATE_IN_WORDS[said.state]}")
        out.print(f"Answer by {said.safe} (legal date {said.due}).")
    for line in said.explain:
        out.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    if said.unfinished and said.state is not State.ANSWERED:
        out.print(f"Not finished: {', '.join(said.unfinished)}.")
    for plan in said.plans:
        actions = ", ".join(f"{n} to {action}" for action, n in plan.actions.items()) or "nothing found"
        out.print(f"  {plan.system}: {actions}")
    for task in said.tasks:
        out.print(f"A person is needed, by {task.due}: [bold]{task.title}[/]  ({task.id})")
    return 0


async def tasks(call: Call) -> int:
    """List what people have to do, or read one task whole."""
    if call.args.task:
        said = await call.desk.status(call.args.task.rpartition(".")[0])
        task = next((t for t in said.tasks if t.id == call.args.task), None)
        if task is None:
            raise NotFound(f"there is no open task {call.args.task}")
        out.print(f"[bold]{escape(task.title)}[/], by {task.due}\n\n{escape(task.instructions)}", soft_wrap=True)
        return 0
    table = Table("Task", "Kind", "System", "Owner", "Due", box=None)
    for row in await call.foundation.ledger.tasks.list():
        table.add_row(row.id, row.kind, row.system, row.owner, str(row.due))
    out.print(table if table.row_count else "Nothing to do.")
    return 0


async def plan(call: Call) -> int:
    """Read a system's plan, record by record: personal data, for the eyes of whoever decides."""
    await call.desk.row(call.args.request)
    table = Table(Column("Record", overflow="fold"), "Category", "Plan", "Until", "Why", box=None)
    async for page in plan_pages(call.foundation.vault, call.args.request, call.args.system).all():
        for step in page.steps:
            until = str(step.until or "")
            label = escape(step.record.label or step.record.id)
            table.add_row(label, step.record.category, step.action, until, escape(step.why))
    out.print(table if table.row_count else "Nothing was found there, or it is not planned yet.")
    return 0


async def resolve(call: Call) -> int:
    """Finish a task."""
    await call.desk.resolve(call.args.task, call.args.outcome, by=call.args.by, note=call.args.note)
    out.print(f"{call.args.task}: {call.args.outcome}.")
    return 0


async def approve(call: Call) -> int:
    """Let every plan run that waits for approval."""
    waiting = [task for task in (await call.desk.status(call.args.request)).tasks if task.kind == "approve"]
    for task in waiting:
        await call.desk.resolve(task.id, TaskState.DONE, by=call.args.by)
        out.print(f"Approved: {task.title}")
    if not waiting:
        out.print("Nothing waits for approval.")
    return 0


async def extend(call: Call) -> int:
    """Take the longer period, with notice to the person."""
    out.print(f"Extended to {await call.desk.extend(call.args.request, call.args.reason)}. The person is told.")
    return 0


async def cancel(call: Call) -> int:
    """Take a request back, while nothing is erased yet."""
    await call.desk.cancel(call.args.request, by=call.args.by, reason=call.args.reason)
    out.print("Cancelled. What was set aside is being put back.")
    return 0


async def confirm(call: Call) -> int:
    """Enter the code for a person, on the phone for example."""
    attempt = await call.desk.confirm(call.args.request, call.args.code)
    out.print("Confirmed." if attempt.verified else f"Wrong code. Attempts left: {attempt.attempts_left}.")
    return 0 if attempt.verified else 1


async def resend(call: Call) -> int:
    """Send a fresh code to the address on file."""
    await call.desk.send_another_code(call.args.request)
    out.print("A fresh code is on its way.")
    return 0


async def verify(call: Call) -> int:
    """Check the journal's chain from the first entry to the last."""
    report = await audit(call.foundation.ledger, expect_head=call.args.expect_head)
    for line in report.lines:
        out.print(line)
    return report.exit_code


def policy(args: argparse.Namespace) -> int:
    """Check policy.toml and systems.toml for mistakes, or show the policy to read."""
    return _check_policy() if args.what == "check" else _show_policy()


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


async def serve(call: Call) -> int:
    """Open the web door until stopped."""
    from web.app import build  # noqa: PLC0415 - the command line needs no web framework
    from web.codec import Codec  # noqa: PLC0415
    from web.serving import serve as run  # noqa: PLC0415

    configured = call.settings
    codec = None
    if configured.codec_token or configured.codec_open:
        codec = Codec(
            decode=partial(decode_payloads, call.foundation.keys),
            origin=configured.ui_origin,
            token=configured.codec_token.get_secret_value() if configured.codec_token else None,
        )
    app = build(
        call.desk,
        controller=configured.policy.controller,
        public_url=configured.public_url,
        webhook_secrets=[secret.get_secret_value() for secret in configured.webhook_secrets],
        codec=codec,
    )
    await run(app, configured.host, configured.port)
    return 0


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


def make_keys(_: argparse.Namespace) -> int:
    """Print fresh keys, to be kept where secrets are kept. Without them nothing can be read again."""
    for name, value in (
        ("HABEAS_MASTER_KEYS", f"m{datetime.now(UTC):%Y%m%d}:{_key()}"),
        ("HABEAS_LEDGER_KEY", _key()),
        ("HABEAS_WEBHOOK_SECRETS", f"whsec_{_key()}"),
    ):
        print(f"{name}={value}")
    return 0


def list_systems(_: argparse.Namespace) -> int:
    """Show the data map, and what can be done where."""
    table = Table("System", "Title", "Can", "Learns", "Needs", box=None)
    for system in data_map(settings.read_systems(settings.files()[1])):
        can, learns, needs = (", ".join(sorted(names)) for names in (system.can, system.learns, system.needs))
        table.add_row(system.name, system.title, can, learns, needs)
    out.print(table)
    return 0


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="starter.py", description="Habeas: rights requests, from receipt to evidence.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., object], *positional: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=(run.__doc__ or "").splitlines()[0], description=run.__doc__)
        for each in positional:
            made.add_argument(each)
        made.set_defaults(run=run)
        return made

    new = command("submit", submit)
    new.add_argument("right", type=Right, choices=list(Right), metavar="RIGHT", help=", ".join(Right))
    for name in Person.model_fields:
        new.add_argument(f"--{name.replace('_', '-')}", dest=name)
    new.add_argument("--regime", type=Regime, choices=list(Regime), help="default: policy.toml's")
    new.add_argument("--region", help="ISO 3166, for holidays: DE-BY")
    new.add_argument("--zone", help="the person's time zone, where known")
    new.add_argument("--received", help="when it reached us, if that was earlier: a date, or a time with its offset")
    new.add_argument("--channel", type=Channel, choices=list(Channel), default=Channel.STAFF)
    new.add_argument("--dry-run", action="store_true", help="only find and plan; nobody is written to")
    new.add_argument("--json", action="store_true")
    command("status", status, "request").add_argument("--json", action="store_true")
    command("tasks", tasks).add_argument("task", nargs="?")
    command("plan", plan, "request", "system")
    done = command("resolve", resolve, "task")
    done.add_argument("outcome", type=TaskState, choices=[TaskState.DONE, TaskState.NOT_FOUND, TaskState.EXCEPTION])
    done.add_argument("--note", default="")
    _by(done)
    _by(command("approve", approve, "request"))
    command("extend", extend, "request").add_argument("--reason", required=True, help="the person is told it")
    taken_back = command("cancel", cancel, "request")
    taken_back.add_argument("--reason", required=True)
    _by(taken_back)
    command("confirm", confirm, "request", "code")
    command("resend", resend, "request")
    chain = command("audit", verify)
    chain.add_argument("what", choices=["verify"])
    chain.add_argument("--expect-head", help="the head that an earlier run printed")
    command("policy", policy).add_argument("what", choices=["check", "show"])
    command("forget", forget)
    command("rewrap", rewrap)
    command("serve", serve)
    command("keys", make_keys)
    command("systems", list_systems)
    dates = command("clock", show_clock)
    dates.add_argument("--regime", type=Regime, choices=list(Regime), required=True)
    dates.add_argument("--right", type=Right, choices=list(Right), required=True)
    dates.add_argument("--received", required=True)
    dates.add_argument("--zone")
    dates.add_argument("--region")
    dates.add_argument("--event", action="append", default=[], metavar="KIND=DATE")
    dates.add_argument("--json", action="store_true")
    return top


async def with_desk(args: argparse.Namespace) -> int:
    """Run a command that needs the real things."""
    configured = settings.read()
    async with founded(configured) as foundation:
        call = Call(args=args, settings=configured, desk=desk(configured, foundation), foundation=foundation)
        return int(await args.run(call))


def main(argv: list[str] | None = None) -> int:
    """Run one command. Exits 2 on what cannot be done as it was asked, and says what to do."""
    args = parser().parse_args(argv)
    try:
        if asyncio.iscoroutinefunction(args.run):
            return asyncio.run(with_desk(args))
        return int(args.run(args))
    except ValidationError as error:
        for mistake in error.errors():
            err.print(f"{'.'.join(map(str, mistake['loc'])) or 'request'}: {mistake['msg']}")
    except (*UNUSABLE, Refused, NotFound) as error:
        err.print(str(error))
    except EngineDown:
        err.print("The engine cannot be reached. Is it running, and is TEMPORAL_ADDRESS right?")
    except KeyboardInterrupt:
        return 130
    return 2


def _check_policy() -> int:
    """Name every mistake of both files at once; 2 if there is any."""
    policy_file, systems_file = settings.files()
    mistakes: list[str] = []
    try:
        settings.read_policy(policy_file)
    except settings.BadSettings as error:
        mistakes.append(str(error))
    try:
        catalogue.build(settings.read_systems(systems_file))
    except settings.BadSettings as error:
        mistakes.append(str(error))
    except catalogue.BadEntry as error:
        mistakes += [f"{systems_file}: {line}" for line in str(error).splitlines()]
    for mistake in mistakes:
        err.print(mistake)
    if not mistakes:
        out.print(f"{policy_file} and {systems_file}: no mistakes.")
    return 2 if mistakes else 0


def _show_policy() -> int:
    """What is promised, to be read by people who read no TOML."""
    promised = settings.read_policy(settings.files()[0])
    controller, terms = promised.controller, promised.terms
    law = f"{controller.regime}, {controller.region}" if controller.region else controller.regime
    out.print(f"[bold]{escape(controller.name)}[/], {escape(controller.contact)}")
    out.print(f"The law, unless a request names its own: {law}.")
    out.print(f"Dates are meant in {controller.zone}. This version of the policy: {promised.digest}.\n")
    warnings = ", ".join(map(str, terms.warn_days_left))
    many = f"more than {terms.approve_above_records:,} records in a system"
    approval = "every erasure" if terms.approve_every_erasure else many
    terms_told = Table.grid(padding=(0, 2))
    for name, value in (
        ("Woken", f"{terms.people.privacy_lead}, then {terms.people.deputy}; {warnings} days before the safe date"),
        ("Codes", f"{terms.codes} for a request, {terms.code_attempts} attempts each"),
        ("Before erasing", f"{_in_words(terms.hold_before_erasure)} in which the request can be cancelled"),
        ("A person approves", approval),
        ("Download links", f"good for {_in_words(terms.link_valid)}"),
    ):
        terms_told.add_row(f"[dim]{name}[/]", escape(value))
    out.print(terms_told)
    table = Table("Category", "Asked to delete", "Kept", "From", "Because", box=None, pad_edge=False)
    for name, category in promised.categories.items():
        anchor = category.anchor.replace("_", " ") if category.keep else ""
        table.add_row(escape(name), category.on_deletion, str(category.keep or ""), anchor, escape(category.basis))
    out.print()
    out.print(table)
    return 0


def _in_words(length: timedelta) -> str:
    """`14 days`, `24 hours`, `10 seconds`: the largest unit of which it is more than one."""
    for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if length >= timedelta(seconds=2 * seconds) and length % timedelta(seconds=seconds) == timedelta(0):
            return f"{length // timedelta(seconds=seconds)} {unit}"
    return f"{length.total_seconds():g} seconds"


def _by(to: argparse.ArgumentParser) -> None:
    to.add_argument("--by", default=getpass.getuser(), help="who decides; default: the user of this machine")


def _received(text: str | None) -> datetime | date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refused(
            "--received: give a date (2026-05-05), or a time with its offset (2026-05-05T23:30-07:00)"
        ) from None


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(settings.KEY_BYTES)).decode()


if __name__ == "__main__":
    sys.exit(main())
