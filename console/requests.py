"""Requests, one by one: take them in, follow them, change their course."""

import argparse
from datetime import date, datetime

from rich.markup import escape
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from activities.pages import plan_pages
from console.agency import agent_of, permission_of, with_agent
from console.call import Call
from console.commands import Commands, decided_by
from console.proof import needed
from console.replay import found
from console.screen import out
from dsar.case import State
from dsar.correction import Change, Field
from dsar.labels import shown_label
from dsar.requests import Regime, Right
from dsar.status import STATE_IN_WORDS
from dsar.submission import Channel, Person, Submission
from dsar.sweeping import SWEEP
from dsar.waiting import Subject
from dsar.wish import Detail, Wish
from intake.desk import Refused
from intake.engine import EngineDown

ASKED = {"proof": Subject.PROOF, "clarification": Subject.CLARIFICATION}


async def submit(call: Call) -> int:
    """Take a request in, and start it."""
    given = {name: getattr(call.args, name) for name in Person.model_fields if getattr(call.args, name) is not None}
    receipt = await call.desk.submit(
        Submission(
            rights=tuple(call.args.right),
            person=Person(**given),
            wish=_wish(call.args),
            agent=agent_of(call.args),
            permission=permission_of(call.args.permission),
            channel=call.args.channel,
            entered_by=call.args.by,
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
    for each in (receipt, *receipt.others):
        state = "joined the request that was open already" if each.joined else "received"
        right = f" ({each.right})" if receipt.others else ""
        out.print(f"[bold]{each.request_id}[/]{right} {state}. Answer by {each.safe} (legal date {each.due}).")
    if not all(each.started for each in (receipt, *receipt.others)):
        out.print("The engine is down. The request is kept, and `serve` starts it as soon as the engine is back.")
    if not call.args.dry_run:
        out.print(f"Ticket for the person, shown once: [bold]{receipt.ticket}[/]")
        out.print("With their code it brings them the passphrase; or read one out to them: starter.py passphrase.")
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
        out.print(f"[bold]{row.id}[/] {said.right} ({said.regime}): {STATE_IN_WORDS[said.state]}{needed(said)}")
        out.print(f"Answer by {said.safe} (legal date {said.due}).")
    for line in said.explain:
        out.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    if said.unfinished and said.state is not State.ANSWERED:
        out.print(f"Not finished: {', '.join(said.unfinished)}.")
    for plan in said.plans:
        actions = ", ".join(f"{n} to {action}" for action, n in plan.actions.items()) or "nothing found"
        title = escape(call.desk.title(plan.system))
        out.print(f"  {title} ({plan.system}): {actions}")  # the id is what `plan` is called with
    for task in said.tasks:
        out.print(f"A person is needed, by {task.due}: [bold]{task.title}[/]  ({task.id})")
    return 0


async def plan(call: Call) -> int:
    """Read a system's plan, record by record: personal data, for the eyes of whoever decides."""
    if call.args.request.startswith(SWEEP):
        return await found(call)
    await call.desk.row(call.args.request)
    table = Table(Column("Record", overflow="fold"), "Category", "Plan", "Until", "Why", box=None)
    async for page in plan_pages(call.foundation.vault, call.args.request, call.args.system).all():
        for step in page.steps:
            until = str(step.until or "")
            label = escape(shown_label(step.record, call.settings.policy))
            table.add_row(label, step.record.category, step.action, until, escape(step.why))
    out.print(table if table.row_count else "Nothing was found there, or it is not planned yet.")
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
    attempt = await call.desk.confirm(call.args.request, call.args.code, call.args.ticket)
    out.print("Confirmed." if attempt.verified else f"Wrong code. Attempts left: {attempt.attempts_left}.")
    if attempt.passphrase:
        out.print(f"Passphrase for the download, shown once: [bold]{attempt.passphrase}[/]")
    return 0 if attempt.verified else 1


async def resend(call: Call) -> int:
    """Send a fresh code to the address on file."""
    await call.desk.send_another_code(call.args.request)
    out.print("A fresh code is on its way.")
    return 0


async def ask(call: Call) -> int:
    """Ask the person for proof or for what they mean; where the law knows a pause, the clock waits for it."""
    due = await call.desk.ask(call.args.request, ASKED[call.args.what], call.args.question, by=call.args.by)
    out.print(f"The person is asked. Legal date as it stands: {due}.")
    return 0


async def received(call: Call) -> int:
    """Say that what the person was asked for has come."""
    due = await call.desk.receive(call.args.request, ASKED[call.args.what], by=call.args.by)
    out.print(f"Noted. Legal date as it stands: {due}.")
    return 0


async def lift(call: Call) -> int:
    """End a restriction; the person is told before it ends."""
    await call.desk.lift(call.args.request, by=call.args.by, reason=call.args.reason)
    out.print("The person is told, and the restriction ends.")
    return 0


TYPED = {
    "wish.changes": "--set",
    "wish.consents": "--consent",
    "wish.statement": "--statement",
    "wish.about": "--about",
}


def as_typed(field: str, mistake: str) -> str:
    """A mistake of a submission, in the words of whoever typed it."""
    mistake = mistake.removeprefix("Value error, ")
    for name, option in TYPED.items():
        mistake = mistake.replace(name, option)
    field = TYPED.get(field, field.removeprefix("person."))
    return f"{field}: {mistake}" if field else f"submit: {mistake}"


def _wish(args: argparse.Namespace) -> Wish:
    return Wish(
        detail=args.detail,
        consents=tuple(args.consent),
        changes=tuple(_change(text) for text in args.set),
        statement=args.statement,
        about=args.about,
    )


def _change(text: str) -> Change:
    field, given, value = text.partition("=")
    if not given or field not in set(Field):
        raise Refused(f"--set: write FIELD=VALUE, where FIELD is one of {', '.join(Field)}")
    return Change(field=Field(field), value=value)


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


def add(commands: Commands) -> None:
    """Register submit, status, plan, extend, cancel, confirm, resend, ask, received, lift."""
    new = commands.founded("submit", submit)
    decided_by(new)
    names = ", ".join(Right)
    new.add_argument("right", type=Right, choices=list(Right), metavar="RIGHT", nargs="+", help=f"one or more: {names}")
    for name in Person.model_fields:
        new.add_argument(f"--{name.replace('_', '-')}", dest=name)
    new.add_argument("--regime", type=Regime, choices=list(Regime), help="default: policy.toml's")
    new.add_argument("--region", help="ISO 3166, for holidays: DE-BY")
    new.add_argument("--zone", help="the person's time zone, where known")
    new.add_argument("--received", help="when it reached us, if that was earlier: a date, or a time with its offset")
    new.add_argument("--channel", type=Channel, choices=list(Channel), default=Channel.STAFF)
    new.add_argument("--detail", type=Detail, choices=list(Detail), default=Detail.SPECIFIC, help="know: how much")
    new.add_argument("--consent", action="append", default=[], metavar="PURPOSE", help="withdraw: of policy.toml's")
    new.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="correct: what should be said")
    new.add_argument("--statement", default="", help="object, restrict, correct, appeal, complaint: their own words")
    new.add_argument("--about", default="", metavar="REQUEST", help="appeal: the request whose answer is appealed")
    new.add_argument("--dry-run", action="store_true", help="only find and plan; nobody is written to")
    with_agent(new)
    new.add_argument("--json", action="store_true")
    commands.founded("status", status, "request").add_argument("--json", action="store_true")
    commands.founded("plan", plan, "request", "system")
    longer = commands.founded("extend", extend, "request")
    longer.add_argument("--reason", required=True, help="the person is told it")
    taken_back = commands.founded("cancel", cancel, "request")
    taken_back.add_argument("--reason", required=True)
    decided_by(taken_back)
    entered = commands.founded("confirm", confirm, "request", "code")
    entered.add_argument("--ticket", default="", help="of the receipt: brings the passphrase of a download")
    commands.founded("resend", resend, "request")
    question = commands.founded("ask", ask, "request")
    question.add_argument("what", choices=list(ASKED))
    question.add_argument("--question", required=True, help="the person reads it")
    decided_by(question)
    came = commands.founded("received", received, "request")
    came.add_argument("what", choices=list(ASKED))
    decided_by(came)
    lifted = commands.founded("lift", lift, "request")
    lifted.add_argument("--reason", required=True, help="the person is told it")
    decided_by(lifted)
