"""What becomes of a record that a sweep meets: past its retention, or back after its person was erased.

Whatever a person placed under a legal hold, the system locked or a law makes us keep is left alone, whoever was erased:
such a record never went, so it did not come back either. What nobody can be sure of is a person's to decide.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from dsar.fingerprints import fingerprint
from dsar.frozen import Frozen
from dsar.identity import STRENGTH, Identifier, Key, Strength
from dsar.legal_holds import LegalHold, covering
from dsar.policy import Category, OnDeletion, OnExpiry, Policy
from dsar.records import Anchor, Record
from dsar.suppression import Scope, Suppression

SWEEP = "sweep-"
"""What the id of every sweep starts with."""

SLACK = timedelta(days=1)
"""Systems date what is created in zones of their own: a record this much younger than the erasure may be older."""


class Mode(StrEnum):
    """What a sweep looks for."""

    DAILY = "daily"
    """What is past its retention, and what came back."""
    REPLAY = "replay"
    """After a restored backup: only what came back. Of a record without a date, the backup is the likelier origin."""


class Fate(StrEnum):
    """What is done with a record."""

    LEAVE = "leave"
    PROPOSE = "propose"
    """A person is asked first."""
    ERASE = "erase"


class Cause(StrEnum):
    """Why a record is looked at twice."""

    NONE = "none"
    EXPIRED = "expired"
    RETURNED = "returned"


class Verdict(Frozen):
    """What becomes of one record, and why, in words."""

    fate: Fate
    why: str
    cause: Cause = Cause.NONE


class Whose(Frozen):
    """Whose a record says it is, by keyed hashes."""

    prints: dict[str, Key]
    """Each identifier's kind, by its fingerprint."""
    erased: dict[str, datetime]
    """Which of them were erased, and when that was last done (UTC)."""
    restricted: bool = False
    """Whether one of them has asked that their data is kept and not used."""

    @classmethod
    def of(cls, key: bytes, identifiers: Iterable[Identifier], known: Iterable[Suppression]) -> "Whose":
        """What a record's own identifiers say, beside what the suppression list knows of some of them."""
        prints = {fingerprint(key, identifier): identifier.kind for identifier in identifiers}
        of_these = [s for s in known if s.fingerprint in prints]
        erased = {s.fingerprint: s.since for s in of_these if s.scope is Scope.ERASED}
        return cls(prints=prints, erased=erased, restricted=any(s.scope is Scope.RESTRICTED for s in of_these))

    @property
    def since(self) -> datetime | None:
        """When the last of these people was erased; `None` if none was."""
        return max(self.erased.values(), default=None)

    @property
    def shared(self) -> bool:
        """Whether it names somebody else, too: one address is on the list, another is not."""
        kinds = {self.prints[print_] for print_ in self.erased}
        others = {kind for print_, kind in self.prints.items() if print_ not in self.erased}
        return any(STRENGTH[kind] is Strength.UNIQUE for kind in kinds & others)


def mark(key: bytes, system: str, record_id: str) -> str:
    """A keyed hash of one record: how it is known again that somebody was asked about it. 64 hex digits."""
    return hmac.new(key, f"record:{system}:{record_id}".encode(), hashlib.sha256).hexdigest()


def judge(
    record: Record,
    whose: Whose,
    system: str,
    policy: Policy,
    today: date,
    holds: Sequence[LegalHold],
    mode: Mode,
    asked: datetime | None = None,
) -> Verdict:
    """What becomes of this record today.

    `asked`: when a person was asked about it, if the answer is awaited or still stands. A later erasure of the record's
    person overrules it.
    Decided when the record is met, and once more when it is to go: a hold may have been placed since.
    """
    if hold := covering(holds, system, record, set(whose.prints)):
        return Verdict(fate=Fate.LEAVE, why=f"legal hold: {hold.reason}")
    if record.lock and (record.lock.until is None or record.lock.until >= today):
        return Verdict(fate=Fate.LEAVE, why=record.lock.basis)
    if whose.restricted:
        return Verdict(fate=Fate.LEAVE, why="kept and not used, as its person asked (GDPR 18)")
    since = whose.since
    if asked and (since is None or since <= asked):
        return Verdict(fate=Fate.LEAVE, why="a person was asked about it")
    verdict = _due(record, whose, since, policy, today, mode)
    kinds = set(whose.prints.values())
    if verdict.fate is Fate.ERASE and (hold := next((h for h in holds if h.may_cover(system, record, kinds)), None)):
        why = f"{verdict.why}, but it may be of a person under a legal hold: {hold.reason}"
        return verdict.model_copy(update={"fate": Fate.PROPOSE, "why": why})
    return verdict


def _due(record: Record, whose: Whose, since: datetime | None, policy: Policy, today: date, mode: Mode) -> Verdict:
    category = policy.categories.get(record.category)
    verdicts = [_expired(record, category, today)] if mode is Mode.DAILY else []
    if since:
        verdicts.append(_returned(record, category, whose, since, today, mode))
    weight = [Fate.LEAVE, Fate.PROPOSE, Fate.ERASE]
    return max(verdicts, key=lambda verdict: weight.index(verdict.fate), default=_LEFT)


_LEFT = Verdict(fate=Fate.LEAVE, why="nothing says that it must go")


def _expired(record: Record, category: Category | None, today: date) -> Verdict:
    until = category.kept_until(record.dates) if category else None
    if category is None or until is None or until >= today or category.on_expiry is OnExpiry.KEEP:
        return _LEFT
    fate = Fate.ERASE if category.on_expiry is OnExpiry.ERASE else Fate.PROPOSE
    return Verdict(fate=fate, why=f"its retention period ended on {until}", cause=Cause.EXPIRED)


def _returned(
    record: Record, category: Category | None, whose: Whose, since: datetime, today: date, mode: Mode
) -> Verdict:
    """11 CCR 7022(e): what was deleted stays deleted. Who became a customer anew is not erased blindly."""

    def so(fate: Fate, why: str) -> Verdict:
        return Verdict(fate=fate, why=why, cause=Cause.RETURNED)

    day = since.date()
    if category is None:
        return so(Fate.PROPOSE, f"its person was erased on {day}, and policy.toml does not know its category")
    if category.on_deletion is OnDeletion.ASK:
        return so(Fate.PROPOSE, f"its person was erased on {day}; a person decides about this category")
    if category.on_deletion is OnDeletion.RETAIN:
        until = category.kept_until(record.dates)
        if until is None:
            return so(Fate.PROPOSE, f"its person was erased on {day}; how long a law keeps it is not known")
        if until >= today:
            return Verdict(fate=Fate.LEAVE, why=f"kept by law until {until}")
    if whose.shared:
        return so(Fate.PROPOSE, f"one of its people was erased on {day}, another was not")
    created = record.dates.get(Anchor.CREATED)
    if created is None and mode is Mode.DAILY:
        return so(Fate.PROPOSE, f"its person was erased on {day}; whether it is older is not known")
    if created and created > day + SLACK:
        return so(Fate.PROPOSE, f"its person was erased on {day} and may have come back as a customer on {created}")
    return so(Fate.ERASE, f"its person was erased on {day}: it came back")
