"""What must be true of every request of a year that was played. Each check gives a sentence for each exception."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from dsar.case import Ending
from dsar.letters import LetterKind
from ledger.journal import JournalEntry
from ledger.requests import RequestRow
from tests.year.calendar_of_year import ZONE
from tests.year.play import Year
from tests.year.played import Played

LAST_WORDS = frozenset({LetterKind.ANSWER, LetterKind.DENIAL, LetterKind.REFUSAL, LetterKind.CANCELLATION})


@dataclass(frozen=True)
class Record:
    """A request as script, ledger and journal have it."""

    played: Played
    row: RequestRow
    entries: tuple[JournalEntry, ...]

    @property
    def safe(self) -> date:
        """The safe date as it stands: moved by an extension, and by nothing else."""
        return self.row.safe

    def told(self, words: str) -> str:
        """The whole story, under what is wrong with it."""
        story = self.played.story
        lines = [
            f"--- {self.played.id}: {story.name} ({self.played.receipt.right}, {story.kind.regime})",
            f"    {words}",
            *(f"    {line}" for line in self.played.told),
            *(f"        {local(e.at):%Y-%m-%d %H:%M} {e.event} {e.facts or ''}" for e in self.entries),
        ]
        return "\n".join(lines)


def local(moment: datetime) -> datetime:
    """As the controller's clock has it."""
    return moment.astimezone(ZONE)


async def records(year: Year) -> list[Record]:
    """All requests of the year, in the order they came in."""
    ledger = year.foundation.ledger
    return [
        Record(played, await year.desk.row(played.id), tuple(await ledger.journal.entries(played.id)))
        for played in year.played.values()
    ]


def exceptions(year: Year, record: Record) -> list[str]:
    """What is wrong with one request, in words."""
    checks = (_ended, _in_time, _acknowledged, _one_last_word, _pause_moved_nothing, _escalated)
    return [record.told(words) for check in checks if (words := check(year, record))]


def _ended(_: Year, record: Record) -> str:
    if record.row.outcome is record.played.expected:
        return ""
    return f"it should have ended as {record.played.expected}, and ended as {record.row.outcome}"


def _in_time(_: Year, record: Record) -> str:
    closed = record.row.closed_at
    if closed and local(closed).date() <= record.safe:
        return ""
    return f"it was to be answered by {record.safe}, and was on {closed and local(closed):%Y-%m-%d %H:%M}"


def _acknowledged(year: Year, record: Record) -> str:
    sent = [at for kind, at in year.post.letters[record.played.id] if kind == LetterKind.ACKNOWLEDGEMENT]
    if record.played.story.kind.unreached:
        return f"nobody's address is known, and yet {len(sent)} acknowledgements went out" if sent else ""
    if len(sent) == 1 and local(sent[0]).date() <= record.row.acknowledge_by:
        return ""
    return f"it was to be acknowledged once, by {record.row.acknowledge_by}, and was on {[str(local(s)) for s in sent]}"


def _one_last_word(year: Year, record: Record) -> str:
    last = [kind for kind, _ in year.post.letters[record.played.id] if kind in LAST_WORDS]
    return "" if len(last) == 1 else f"it was to be answered, denied, refused or cancelled once; it was: {last}"


def _pause_moved_nothing(_: Year, record: Record) -> str:
    dates = [str(e.facts["safe"]) for e in record.entries if e.step.startswith("waiting:")]
    wrong = [safe for safe in dates if date.fromisoformat(safe) not in {record.safe, record.played.receipt.safe}]
    return f"waiting for the person moved the safe date to {wrong}" if wrong else ""


def _escalated(year: Year, record: Record) -> str:
    """What went out without a system did so only after people had been woken, and in time."""
    if record.played.id not in year.staff.answered_without:
        return ""
    rang = [local(e.at).date() for e in record.entries if e.event == "escalation"]
    if rang and rang[0] < record.safe:
        return ""
    return f"it was answered without a system, and nobody was woken before {record.safe}: {rang}"


def forgotten(record: Record) -> str:
    """Whether what is over is forgotten; in words, where it is not."""
    if record.row.shredded_at and record.row.subject is None:
        return ""
    return record.told("it is over, and its key is not destroyed")


def in_the_systems(year: Year, record: Record) -> str:
    """What a person was told of an erasure is what the systems hold."""
    played = record.played
    if played.receipt.right != "delete":
        return ""
    left = [holding.category for system in year.town.systems for holding in system.of(played.story.number)]
    touched = {
        name
        for system in year.town.systems
        for name in system.suppressed
        if name.startswith(f"canary-{played.story.number}-")
    }
    match played.expected:
        case Ending.COMPLIED if left and not played.story.kind.household.namesake:
            return record.told(f"it was erased, and these are still there: {left}")
        case Ending.CANCELLED if len(left) != 4 or touched:
            return record.told(f"it was cancelled, and is not as it was: {left}, withheld {touched}")
    return ""


def in_clear(folder: Path) -> list[str]:
    """The ledger's files in which something of a person stands."""
    files = [path for path in folder.glob("ledger*") if b"canary" in path.read_bytes().lower()]
    return [f"{path.name} holds personal data" for path in files]
