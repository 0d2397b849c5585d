"""What the company promises: checked, and shown to people who read no TOML."""

import argparse

from rich.markup import escape
from rich.table import Table

import settings
from console.commands import Commands
from console.screen import err, in_words, out


def policy(args: argparse.Namespace) -> int:
    """Check policy.toml and systems.toml for mistakes, or show the policy to read."""
    return _check_policy() if args.what == "check" else _show_policy()


def _check_policy() -> int:
    """Name every mistake of both files at once; 2 if there is any."""
    mistakes = settings.check().mistakes
    for mistake in mistakes:
        err.print(mistake)
    if not mistakes:
        policy_file, systems_file = settings.files()
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
        ("Before erasing", f"{in_words(terms.hold_before_erasure)} in which the request can be cancelled"),
        ("A person approves", approval),
        ("Download links", f"good for {in_words(terms.link_valid)}"),
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


def add(commands: Commands) -> None:
    """Register policy."""
    commands.alone("policy", policy).add_argument("what", choices=["check", "show"])
