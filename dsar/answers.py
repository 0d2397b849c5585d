"""What the answer to a request says: what was done where, what was not and why, what is kept and until when."""

from collections.abc import Iterable, Mapping
from datetime import date

from dsar.frozen import Frozen
from dsar.letters import Head, LetterKind, ToPerson
from dsar.outcomes import Result, Tally
from dsar.periods import Period
from dsar.policy import Policy
from dsar.records import Anchor, OutcomeKind
from dsar.requests import Right
from dsar.wish import Detail

_SAID = (
    OutcomeKind.ERASED,
    OutcomeKind.ANONYMISED,
    OutcomeKind.RECTIFIED,
    OutcomeKind.RESTRICTED,
    OutcomeKind.SUPPRESSED,
    OutcomeKind.ACCEPTED,
    OutcomeKind.TOLD,
    OutcomeKind.REFUSED,
    OutcomeKind.NEEDS_PERSON,
)
"""What is said of a system, in this order. What is exported or kept is said in places of its own."""

_NOTHING_MORE_TO_SEE = frozenset({Right.APPEAL, Right.COMPLAINT})
"""Answered by what a person decided, not by what was found."""


class Line(Frozen):
    """Some records of one system that ended alike."""

    system: str
    """Its title."""
    outcome: OutcomeKind
    records: int
    reasons: tuple[str, ...] = ()
    finished_by: date | None = None
    """Accepted: when the system should have finished, and we look again."""


class KeptLine(Frozen):
    """Records that have to be kept: the basis, until when, and what for (11 CCR 7022(f))."""

    system: str
    records: int
    category: str
    basis: str
    until: date | None = None
    """`None`: as long as the hold lasts."""
    use: str = ""
    """The one thing that they may be used for meanwhile; empty: nothing."""


class Told(Frozen):
    """One category of data that is held, and what the law wants said of it (Cal. Civ. Code 1798.110, 1798.115)."""

    category: str
    records: int
    purpose: str = ""
    origin: str = ""
    recipients: tuple[str, ...] = ()
    shared: bool | None = None
    """Sold, or shared for advertising across websites; `None`: the policy does not know this category."""
    keep: Period | None = None
    since: Anchor = Anchor.CREATED


class Download(Frozen):
    """Where the package lies. The link is useless without the passphrase given when the request was made."""

    url: str
    until: date


class Answer(ToPerson):
    """The answer to one request."""

    kind = LetterKind.ANSWER

    detail: Detail = Detail.SPECIFIC
    lines: tuple[Line, ...] = ()
    kept: tuple[KeptLine, ...] = ()
    unreached: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    systems: tuple[str, ...] = ()
    """The titles of all that were asked."""
    exported: int = 0
    consents: tuple[str, ...] = ()
    """What was agreed to and is taken back, in the policy's words."""
    decision: str = ""
    download: Download | None = None
    nothing_found: bool = False
    lowered: Right | None = None
    """What was asked for and not proved enough for: told are the categories in its place (11 CCR 7024(a))."""

    @property
    def form(self) -> str:
        """One for each right; specific pieces are a copy, by whatever right they are asked for."""
        copy = self.head.right is Right.KNOW and self.detail is Detail.SPECIFIC
        return f"{self.kind}-{Right.ACCESS if copy else self.head.right}"

    @property
    def partly(self) -> bool:
        """Whether something that was asked for was not done: then how to contest it is part of the answer."""
        short = {OutcomeKind.REFUSED, OutcomeKind.NEEDS_PERSON}
        return bool(self.kept or self.unreached or any(line.outcome in short for line in self.lines))


def answer(
    head: Head,
    result: Result,
    titles: Mapping[str, str],
    policy: Policy,
    *,
    detail: Detail = Detail.SPECIFIC,
    categories: Mapping[str, int] | None = None,
    consents: Iterable[str] = (),
    decision: str = "",
    lowered: Right | None = None,
    download: Download | None = None,
) -> Answer:
    """Put together what a result means for the person.

    `titles`: of each system that was asked, by its name. `categories`: how many records of each were found.
    """
    told = () if detail is Detail.SPECIFIC else _told(policy, categories or {})
    return Answer(
        head=head,
        detail=detail,
        lines=tuple(
            line
            for tally in result.tallies
            for line in _lines(tally, titles.get(tally.system, tally.system))
            if line.outcome is not OutcomeKind.TOLD or detail is Detail.SPECIFIC
        ),
        kept=_kept(result, titles, policy),
        unreached=result.unreached,
        told=told,
        systems=tuple(titles.values()),
        exported=result.total(OutcomeKind.EXPORTED),
        consents=tuple(policy.consents[name].words if name in policy.consents else name for name in consents),
        decision=decision or result.decision,
        download=download,
        lowered=lowered,
        nothing_found=result.nothing_found and not told and head.right not in _NOTHING_MORE_TO_SEE,
    )


def _lines(tally: Tally, title: str) -> Iterable[Line]:
    for outcome in _SAID:
        if count := tally.of(outcome):
            yield Line(
                system=title,
                outcome=outcome,
                records=count,
                reasons=tally.reasons if outcome is OutcomeKind.REFUSED else (),
                finished_by=tally.check_after.date() if outcome is OutcomeKind.ACCEPTED and tally.check_after else None,
            )


def _kept(result: Result, titles: Mapping[str, str], policy: Policy) -> tuple[KeptLine, ...]:
    return tuple(
        KeptLine(
            system=titles.get(kept.system, kept.system),
            records=kept.records,
            category=kept.category,
            basis=kept.basis,
            until=kept.until,
            use=policy.categories[kept.category].use_meanwhile if kept.category in policy.categories else "",
        )
        for kept in result.kept
    )


def _told(policy: Policy, categories: Mapping[str, int]) -> tuple[Told, ...]:
    return tuple(_category(policy, name, count) for name, count in sorted(categories.items()) if count)


def _category(policy: Policy, name: str, count: int) -> Told:
    known = policy.categories.get(name)
    if known is None:
        return Told(category=name, records=count)
    return Told(
        category=name,
        records=count,
        purpose=known.purpose,
        origin=known.origin,
        recipients=known.recipients,
        shared=known.shared,
        keep=known.keep,
        since=known.anchor,
    )
