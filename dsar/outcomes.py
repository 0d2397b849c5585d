"""What came of a request in one system: outcomes counted, and only those that were seen."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from pydantic import Field

from dsar.frozen import Frozen
from dsar.plans import Kept
from dsar.records import Outcome, OutcomeKind, Record

SHOWN = 20
"""Instructions and reasons that travel with a tally; the rest stays with the records in the vault."""


class Tally(Frozen):
    """The outcomes in one system, without the records."""

    system: str
    counts: dict[OutcomeKind, int] = Field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why records were refused; distinct, at most `SHOWN`."""
    instructions: tuple[str, ...] = ()
    """What a person has to do, at most `SHOWN`. Personal data: shown in the task only."""
    check_after: datetime | None = None
    """When the system should have finished what it accepted."""

    def of(self, kind: OutcomeKind) -> int:
        """How many records ended so."""
        return self.counts.get(kind, 0)

    def plus(self, outcomes: Iterable[tuple[Record, Outcome]]) -> "Tally":
        """This tally with more outcomes, each with the record it is about."""
        counts, kept = Counter(self.counts), Counter({_unnumbered(k): k.records for k in self.kept})
        reasons, instructions, check_after = list(self.reasons), list(self.instructions), self.check_after
        for record, outcome in outcomes:
            counts[outcome.kind] += 1
            if outcome.kind is OutcomeKind.RETAINED:
                kept[self.system, record.category, outcome.basis, outcome.until] += 1
            if outcome.reason and outcome.reason not in reasons and len(reasons) < SHOWN:
                reasons.append(outcome.reason)
            if outcome.instructions and len(instructions) < SHOWN:
                instructions.append(outcome.instructions)
            if outcome.check_after:
                check_after = max(check_after or outcome.check_after, outcome.check_after)
        return Tally(
            system=self.system,
            counts=dict(counts),
            kept=tuple(
                Kept(system=system, category=category, basis=basis, until=until, records=records)
                for (system, category, basis, until), records in kept.items()
            ),
            reasons=tuple(reasons),
            instructions=tuple(instructions),
            check_after=check_after,
        )

    def recounted(self, before: OutcomeKind, after: OutcomeKind, most: int | None = None) -> "Tally":
        """This tally after all that ended as `before`, or `most` of it, was seen to be `after`."""
        moved = self.of(before) if most is None else min(self.of(before), most)
        counts = {kind: n for kind, n in self.counts.items() if kind is not before}
        if left := self.of(before) - moved:
            counts[before] = left
        if moved:
            counts[after] = counts.get(after, 0) + moved
        return self.model_copy(update={"counts": counts})


class Result(Frozen):
    """How a request ended, everywhere."""

    tallies: tuple[Tally, ...] = ()
    unreached: tuple[str, ...] = ()
    """Titles of systems that were given up on by a person's decision."""
    decision: str = ""
    """What a person decided, in words that the letter says: a complaint's, an appeal's answer."""
    refused: str = ""
    """Why the request as a whole is refused, in words that the letter says; empty: it is not."""

    def total(self, kind: OutcomeKind) -> int:
        """How many records ended so, in all systems."""
        return sum(tally.of(kind) for tally in self.tallies)

    @property
    def nothing_found(self) -> bool:
        """Whether every system was asked and none holds anything."""
        return not self.unreached and not any(n for t in self.tallies for n in t.counts.values())

    @property
    def complete(self) -> bool:
        """Whether all that was asked was done: nothing kept, refused or left out."""
        short = (OutcomeKind.RETAINED, OutcomeKind.REFUSED, OutcomeKind.NEEDS_PERSON)
        return not self.unreached and not any(self.total(kind) for kind in short)

    @property
    def kept(self) -> tuple[Kept, ...]:
        """All that is retained."""
        return tuple(kept for tally in self.tallies for kept in tally.kept)


def _unnumbered(kept: Kept) -> tuple[str, str, str, date | None]:
    return kept.system, kept.category, kept.basis, kept.until
