"""What becomes of a record that a sweep meets: the rules, one by one, and what holds of them all."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.fingerprints import fingerprint
from dsar.identity import Identifier, Key
from dsar.legal_holds import LegalHold
from dsar.policy import Policy
from dsar.policy_check import parse_policy
from dsar.records import Anchor, Lock, Record
from dsar.retention import Category, Ground, OnDeletion, OnExpiry
from dsar.suppression import Scope, Suppression
from dsar.sweeping import Cause, Fate, Mode, Verdict, Whose, judge, mark

KEY = b"k" * 32
TODAY = date(2026, 5, 5)
ERASED_AT = datetime(2026, 3, 1, 15, tzinfo=UTC)
ADA = Identifier(kind=Key.EMAIL, value="ada@example.com")
BOB = Identifier(kind=Key.EMAIL, value="bob@example.com")
NUMBER = Identifier(kind=Key.CUSTOMER_ID, value="C-1")

CATEGORIES = {
    "kept by law": Category(on_deletion=OnDeletion.RETAIN, keep="7 years", basis="tax law", ground=Ground.STATUTE),
    "asked about": Category(on_deletion=OnDeletion.ASK),
    "ours to keep": Category(on_deletion=OnDeletion.ERASE, keep="2 years", on_expiry=OnExpiry.KEEP),
    "ours to propose": Category(on_deletion=OnDeletion.ERASE, keep="2 years", on_expiry=OnExpiry.PROPOSE),
    "ours to erase": Category(on_deletion=OnDeletion.ERASE, keep="2 years", on_expiry=OnExpiry.ERASE),
    "without end": Category(on_deletion=OnDeletion.ERASE),
}
SHIPPED = parse_policy((Path(__file__).parents[2] / "policy.toml").read_text(encoding="utf-8"))
POLICY: Policy = SHIPPED.model_copy(update={"categories": CATEGORIES})
SEVERITY = [Fate.LEAVE, Fate.PROPOSE, Fate.ERASE]


def record(category: str = "without end", created: date | None = date(2020, 1, 1), lock: Lock | None = None) -> Record:
    dates = {Anchor.CREATED: created} if created else {}
    return Record(id="r", category=category, matched=frozenset(), dates=dates, lock=lock)


def whose(*carries: Identifier, erased: tuple[Identifier, ...] = (), scope: Scope = Scope.ERASED) -> Whose:
    known = [Suppression(fingerprint=fingerprint(KEY, each), scope=scope, since=ERASED_AT) for each in erased]
    return Whose.of(KEY, carries, known)


def judged(
    met: Record,
    of: Whose,
    *holds: LegalHold,
    mode: Mode = Mode.DAILY,
    asked: datetime | None = None,
) -> Verdict:
    return judge(met, of, "crm", POLICY, TODAY, holds, mode, asked)


BACK = whose(ADA, erased=(ADA,))
NOBODYS = whose()


@pytest.mark.parametrize(
    ("category", "fate"),
    [
        ("ours to erase", Fate.ERASE),
        ("ours to propose", Fate.PROPOSE),
        ("ours to keep", Fate.LEAVE),
        ("without end", Fate.LEAVE),
        ("unknown to the policy", Fate.LEAVE),
    ],
)
def test_what_is_past_its_retention_meets_what_the_policy_says(category: str, fate: Fate) -> None:
    """Kept, proposed or erased; without a period, nothing is ever past it."""
    assert judged(record(category), NOBODYS).fate is fate


def test_the_last_day_of_a_period_still_counts() -> None:
    """Kept until a day means through that day."""
    last = date(2024, 5, 5)

    assert judged(record("ours to erase", last), NOBODYS).fate is Fate.LEAVE
    assert judged(record("ours to erase", last - timedelta(days=1)), NOBODYS).fate is Fate.ERASE


@pytest.mark.parametrize(
    ("created", "mode", "fate"),
    [
        (date(2020, 1, 1), Mode.DAILY, Fate.ERASE),
        (date(2026, 3, 2), Mode.DAILY, Fate.ERASE),
        (date(2026, 3, 3), Mode.DAILY, Fate.PROPOSE),
        (date(2026, 3, 3), Mode.REPLAY, Fate.PROPOSE),
        (None, Mode.DAILY, Fate.PROPOSE),
        (None, Mode.REPLAY, Fate.ERASE),
    ],
)
def test_who_came_back_as_a_customer_is_not_erased_blindly(created: date | None, mode: Mode, fate: Fate) -> None:
    """Younger than the erasure by more than a day, a person judges; without a date it goes in replays only."""
    verdict = judged(record(created=created), BACK, mode=mode)

    assert verdict.fate is fate
    assert verdict.cause is Cause.RETURNED


@pytest.mark.parametrize(
    ("category", "created", "fate"),
    [
        ("kept by law", date(2025, 1, 1), Fate.LEAVE),
        ("kept by law", date(2015, 1, 1), Fate.ERASE),
        ("kept by law", None, Fate.PROPOSE),
        ("asked about", date(2020, 1, 1), Fate.PROPOSE),
        ("unknown to the policy", date(2020, 1, 1), Fate.PROPOSE),
    ],
)
def test_what_was_kept_when_its_person_was_erased_did_not_come_back(
    category: str, created: date | None, fate: Fate
) -> None:
    """What a law keeps stays; what a person decided about is asked about, never erased by itself."""
    assert judged(record(category, created), BACK, mode=Mode.REPLAY).fate is fate


def test_a_record_of_somebody_else_too_is_a_persons_to_judge() -> None:
    """One address is on the list, the other is not; an id of another kind says nothing of a second person."""
    assert judged(record(), whose(ADA, BOB, erased=(ADA,))).fate is Fate.PROPOSE
    assert judged(record(), whose(ADA, BOB, erased=(ADA, BOB))).fate is Fate.ERASE
    assert judged(record(), whose(ADA, NUMBER, erased=(ADA,))).fate is Fate.ERASE


def test_who_only_opted_out_is_not_erased() -> None:
    """The list keeps other things in mind, too."""
    assert judged(record(), whose(ADA, erased=(ADA,), scope=Scope.SHARING)).fate is Fate.LEAVE


def test_what_a_person_was_asked_about_is_left_alone_until_its_person_is_erased_anew() -> None:
    """A later request overrules what was decided before it."""
    before, after = ERASED_AT - timedelta(days=1), ERASED_AT + timedelta(days=1)

    assert judged(record(), BACK, asked=after).fate is Fate.LEAVE
    assert judged(record(), BACK, asked=before).fate is Fate.ERASE
    assert judged(record("ours to erase"), NOBODYS, asked=before).fate is Fate.LEAVE


def test_a_record_that_may_be_of_a_person_under_a_hold_is_not_erased_unseen() -> None:
    """The hold knows an address; a record that carries none may be theirs, one with another's address is not."""
    hold = LegalHold(id="h", reason="litigation", subject=fingerprint(KEY, ADA), kind=Key.EMAIL)

    assert judged(record("ours to erase"), whose(ADA), hold).fate is Fate.LEAVE
    assert judged(record("ours to erase"), whose(BOB), hold).fate is Fate.ERASE
    assert judged(record("ours to erase"), whose(NUMBER), hold).fate is Fate.PROPOSE
    assert judged(record("ours to erase"), whose(NUMBER), hold.model_copy(update={"system": "s3"})).fate is Fate.ERASE


def test_a_records_mark_is_its_own() -> None:
    """Of one system, under one key."""
    assert mark(KEY, "crm", "r") == mark(KEY, "crm", "r")
    assert len({mark(KEY, "crm", "r"), mark(KEY, "s3", "r"), mark(KEY, "crm", "s"), mark(b"x" * 32, "crm", "r")}) == 4


days = st.none() | st.dates(date(2010, 1, 1), date(2027, 1, 1))
records = st.builds(
    record,
    st.sampled_from([*CATEGORIES, "unknown to the policy"]),
    days,
    st.none() | st.builds(Lock, basis=st.just("lock"), until=days),
)
people = st.builds(
    lambda carries, erased: whose(*carries, erased=tuple(erased)),
    st.lists(st.sampled_from([ADA, BOB, NUMBER]), unique=True),
    st.lists(st.sampled_from([ADA, BOB, NUMBER]), unique=True),
)
holds = st.builds(
    LegalHold,
    id=st.just("h"),
    reason=st.just("litigation"),
    system=st.none() | st.sampled_from(["crm", "s3"]),
    category=st.none() | st.sampled_from([*CATEGORIES]),
    subject=st.none() | st.sampled_from([fingerprint(KEY, ADA), fingerprint(KEY, NUMBER)]),
    kind=st.none() | st.sampled_from([Key.EMAIL, Key.CUSTOMER_ID]),
)
modes = st.sampled_from(Mode)


@given(records, people, holds, modes)
def test_nothing_under_a_hold_or_a_lock_is_touched(met: Record, of: Whose, hold: LegalHold, mode: Mode) -> None:
    """Whoever was erased, and however long ago its time was over."""
    fate = judged(met, of, hold, mode=mode).fate

    if hold.covers("crm", met, set(of.prints)) or (met.lock and (met.lock.until is None or met.lock.until >= TODAY)):
        assert fate is Fate.LEAVE


@given(records, people, st.lists(holds, max_size=3), modes)
def test_a_hold_never_makes_it_worse(met: Record, of: Whose, placed: list[LegalHold], mode: Mode) -> None:
    """With more holds, the same or less is done."""
    fates = [judged(met, of, *placed[:n], mode=mode).fate for n in range(len(placed) + 1)]

    assert [SEVERITY.index(fate) for fate in fates] == sorted((SEVERITY.index(fate) for fate in fates), reverse=True)


@given(records, people, modes)
def test_nothing_is_erased_without_its_reason(met: Record, of: Whose, mode: Mode) -> None:
    """Only what the policy lets go by itself, or what is older than its person's erasure and of nobody else's."""
    verdict = judged(met, of, mode=mode)

    if verdict.fate is Fate.ERASE:
        category = CATEGORIES[met.category]
        until = category.kept_until(met.dates)
        created = met.dates.get(Anchor.CREATED)
        over = mode is Mode.DAILY and until and until < TODAY and category.on_expiry is OnExpiry.ERASE
        older = created <= ERASED_AT.date() + timedelta(days=1) if created else mode is Mode.REPLAY
        assert over or (of.erased and older and not of.shared)
        assert category.on_deletion is not OnDeletion.RETAIN or (until and until < TODAY)


@given(records, st.lists(st.sampled_from([ADA, BOB, NUMBER]), unique=True))
def test_a_replay_touches_only_who_was_erased(met: Record, carries: list[Identifier]) -> None:
    """What is merely old is the daily sweep's."""
    assert judged(met, whose(*carries), mode=Mode.REPLAY).fate is Fate.LEAVE


@given(records, st.lists(holds, max_size=2), modes)
def test_what_a_person_had_restricted_is_left_alone(met: Record, placed: list[LegalHold], mode: Mode) -> None:
    """Who asked that their data is kept and not used may need it: it does not vanish because its time is over."""
    assert judged(met, whose(ADA, erased=(ADA,), scope=Scope.RESTRICTED), *placed, mode=mode).fate is Fate.LEAVE
