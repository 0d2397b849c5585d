"""What is done with each record."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.data_map import Ability
from dsar.decisions import decide
from dsar.identity import Key
from dsar.plans import Action, PlanSummary, summarise
from dsar.policy import Category, Controller, OnDeletion, People, Policy, Terms
from dsar.records import Anchor, Lock, Record
from dsar.requests import Regime, Right

TODAY = date(2026, 11, 24)
PROVEN = frozenset({Key.EMAIL})

POLICY = Policy(
    controller=Controller(name="A", contact="a@example.com", zone="America/Los_Angeles", regime=Regime.US_CA),
    terms=Terms(people=People(privacy_lead="l@example.com", deputy="d@example.com")),
    categories={
        "newsletter": Category(on_deletion=OnDeletion.ERASE),
        "invoices": Category(on_deletion=OnDeletion.RETAIN, keep="7 years", basis="tax law"),
        "designs": Category(on_deletion=OnDeletion.ASK),
    },
)


def record(category: str = "newsletter", **facts: object) -> Record:
    return Record.model_validate({"id": "r", "category": category, "matched": {Key.EMAIL}, **facts})


def delete(what: Record, today: date = TODAY, *, confirmed: bool = False) -> tuple[Action, date | None]:
    step = decide(Right.DELETE, what, PROVEN, POLICY, today, confirmed=confirmed)
    return step.action, step.until


def test_what_no_law_keeps_is_erased() -> None:
    """A record in a category without a lock is erased."""
    assert delete(record()) == (Action.ERASE, None)


def test_what_a_law_keeps_is_retained_to_the_day() -> None:
    """An invoice is kept through the last day of its seven years, and erased on the day after."""
    invoice = record("invoices", dates={Anchor.CREATED: date(2019, 11, 24)})

    assert delete(invoice, date(2026, 11, 24)) == (Action.RETAIN, date(2026, 11, 24))
    assert delete(invoice, date(2026, 11, 25)) == (Action.ERASE, None)


def test_a_locked_category_without_its_date_is_a_persons_decision() -> None:
    """Nobody knows until when it must be kept, so a person decides."""
    assert delete(record("invoices")) == (Action.DECIDE, None)


def test_the_systems_own_lock_comes_first() -> None:
    """An object lock retains what policy would erase, until the lock ends."""
    locked = record(lock=Lock(basis="S3 object lock", until=TODAY))

    assert delete(locked) == (Action.RETAIN, TODAY)
    assert delete(locked, TODAY + timedelta(days=1)) == (Action.ERASE, None)


def test_a_hold_without_an_end_retains_without_an_end() -> None:
    """A legal hold has no last day."""
    assert delete(record(lock=Lock(basis="S3 legal hold"))) == (Action.RETAIN, None)


@pytest.mark.parametrize("category", ["designs", "a category nobody declared"])
def test_what_policy_leaves_open_is_decided_by_a_person(category: str) -> None:
    """Neither erased nor kept on our own authority."""
    assert delete(record(category)) == (Action.DECIDE, None)


@pytest.mark.parametrize("right", [Right.DELETE, Right.ACCESS, Right.PORTABILITY])
@pytest.mark.parametrize("matched", [{Key.NAME}, {Key.PHONE}, {Key.CUSTOMER_ID}, set()])
def test_a_record_that_no_proven_unique_identifier_matches_waits_for_a_person(right: Right, matched: set[Key]) -> None:
    """A namesake's record, or one that only an unproven claim leads to, is neither exported nor erased."""
    other = record(matched=matched)

    assert decide(right, other, PROVEN, POLICY, TODAY).action is Action.CONFIRM


def test_a_persons_word_makes_a_record_the_subjects() -> None:
    """Once confirmed, the record is planned like any other: its locks still hold."""
    invoice = record("invoices", matched={Key.NAME}, dates={Anchor.CREATED: TODAY})

    assert delete(invoice, confirmed=True)[0] is Action.RETAIN


@pytest.mark.parametrize("right", [Right.APPEAL, Right.COMPLAINT])
def test_a_right_that_a_person_answers_has_no_plan(right: Right) -> None:
    """An appeal and a complaint touch no record: a plan for them is refused."""
    with pytest.raises(ValueError, match="no plan is made"):
        decide(right, record(), PROVEN, POLICY, TODAY)


records = st.builds(
    record,
    category=st.sampled_from(["newsletter", "invoices", "designs", "unknown"]),
    matched=st.sets(st.sampled_from(list(Key))),
    dates=st.dictionaries(st.just(Anchor.CREATED), st.dates(date(2000, 1, 1), date(2030, 1, 1)), max_size=1),
    lock=st.none() | st.builds(Lock, basis=st.just("lock"), until=st.none() | st.dates()),
)


@given(what=records, today=st.dates(date(2010, 1, 1), date(2050, 1, 1)), later=st.integers(0, 9000))
def test_what_may_be_erased_today_may_be_erased_later(what: Record, today: date, later: int) -> None:
    """Time only ever opens locks."""
    now, then = delete(what, today)[0], delete(what, today + timedelta(days=later))[0]

    assert now is not Action.ERASE or then is Action.ERASE


@given(what=records, today=st.dates(date(2010, 1, 1), date(2050, 1, 1)))
def test_nothing_locked_is_ever_planned_for_erasure(what: Record, today: date) -> None:
    """Whatever the category, a lock that lasts today is not overruled."""
    action, until = delete(what, today)

    if what.lock and (what.lock.until is None or what.lock.until >= today):
        assert action in {Action.RETAIN, Action.CONFIRM}
    if until is not None:
        assert until >= today


@given(st.lists(records, max_size=30))
def test_a_summary_is_the_same_however_the_plan_is_cut_into_pages(found: list[Record]) -> None:
    """Counting a plan page by page, or whole, gives the same figures."""
    steps = [decide(Right.DELETE, r, PROVEN, POLICY, TODAY) for r in found]

    whole = summarise("s", steps)
    paged = PlanSummary.merged("s", [summarise("s", steps[n : n + 7]) for n in range(0, len(steps), 7)])

    assert paged == whole
    assert whole.records == len(found)
    assert sum(k.records for k in whole.kept) == whole.of(Action.RETAIN)


def test_a_task_names_the_categories_that_are_open_and_no_others() -> None:
    """What is decided already is not asked about; what is in doubt counts once a person has confirmed it."""
    of_a_namesake = record("unknown", matched={Key.NAME})
    steps = [decide(Right.DELETE, r, PROVEN, POLICY, TODAY) for r in (record(), record("designs"), of_a_namesake)]

    plan = summarise("s", steps)

    assert plan.categories_to_decide(confirmed=False) == ("designs",)
    assert plan.categories_to_decide(confirmed=True) == ("designs", "unknown")


def test_a_plan_of_an_older_release_names_what_it_found() -> None:
    """It came without what is open: rather too much than nothing."""
    older = PlanSummary(system="s", actions={Action.DECIDE: 1, Action.ERASE: 1}, categories={"b": 1, "a": 1})

    assert older.categories_to_decide(confirmed=False) == ("a", "b")


def test_only_what_can_be_put_back_is_withheld() -> None:
    """Suppressing serves what will be erased, restricting what is kept."""
    erased = PlanSummary(system="s", actions={Action.ERASE: 1}, categories={})
    kept = PlanSummary(system="s", actions={Action.RETAIN: 1}, categories={})

    assert erased.can_be_withheld({Ability.SUPPRESS})
    assert kept.can_be_withheld({Ability.RESTRICT})
    assert not erased.can_be_withheld({Ability.RESTRICT})
    assert not kept.can_be_withheld({Ability.SUPPRESS})
