"""The clock of a right: by when what is owed, under which law, and why. The same facts always give the same dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dsar.calendars import CALIFORNIA, TABLES, WEEKENDS_ONLY, UnknownRegion, calendar_everywhere, calendar_of
from dsar.clock_events import ClockEvent, EventKind, RefusedEvent, parse_event
from dsar.clock_rules import DutyRule, Effect, RegimeRules, WaitRule
from dsar.clock_sheet import ClockSheet, Due, Duty, Source, extend
from dsar.clock_words import as_json, as_text
from dsar.counting import Place, count, notice_by
from dsar.regimes import REGIMES, REGION_OF_ZONE, RULES, home_zone, promised
from dsar.requests import Regime, Right
from dsar.waiting import Subject, Wait, asks, followed, in_order, shift, told
from dsar.zones import earliest_date, end_of_day, parse_received

__all__ = [
    "ClockEvent",
    "ClockSheet",
    "Due",
    "Duty",
    "EventKind",
    "RefusedEvent",
    "Source",
    "UnknownRegion",
    "as_json",
    "as_text",
    "clock",
    "end_of_day",
    "extend",
    "parse_event",
    "parse_received",
]


def clock(
    regime: Regime,
    right: Right,
    received: datetime,
    *,
    zone: str | None = None,
    person_zone: str | None = None,
    region: str | None = None,
    events: Sequence[ClockEvent] = (),
    id_pause: bool = True,
) -> ClockSheet:
    """Work out the clock of one right. A mixed request has one clock for each of its rights.

    Args:
        regime: whose law.
        right: what was asked for; what the regime does not know is owed by the policy's promise.
        received: when our server had the request; aware.
        zone: the controller's zone; where `None`, that of the region or of the regime (`home_zone`).
        person_zone: the person's zone, where it is known.
        region: whose holidays, ISO 3166: `DE-BY`. Where `None`: the zone's country, or the regime's usual one.
        events: what happened since, in any order.
        id_pause: whether policy lets the legal date pause while proof is awaited, where that is only a practice (EU).

    Raises:
        RefusedEvent: an event that cannot be; its text says why.
        UnknownZone, UnknownRegion: a name that is none, or a region outside the regime.
    """
    case = _case(regime, right, received, zone, person_zone, region, id_pause=id_pause)
    waits: tuple[Wait, ...] = ()
    notice: date | None = None
    sheet = _sheet(case, waits, case.received_on)
    for event in in_order(events):
        _refuse_impossible(case, sheet, event)
        if event.kind is EventKind.EXTENSION_NOTICE:
            extend(sheet, event.on)
            notice = event.on
        else:
            waits = followed(waits, event)
        sheet = _sheet(case, waits, event.on)
        if notice:
            sheet = extend(sheet, notice)
    return sheet


@dataclass(frozen=True)
class _Case:
    """What does not change while events come in."""

    regime: Regime
    right: Right
    received: datetime
    received_on: date
    zone: str
    person_zone: str | None
    region: str | None
    title: str
    duties: tuple[DutyRule, ...]
    source: Source
    waiting: dict[Subject, WaitRule]
    id_pause: bool
    place: Place


def _case(
    regime: Regime,
    right: Right,
    received: datetime,
    zone: str | None,
    person_zone: str | None,
    region: str | None,
    *,
    id_pause: bool,
) -> _Case:
    rules = REGIMES[regime]
    zone = home_zone(regime, region) if zone is None else zone
    region = _region(rules, zone, region)
    known = rules.rights.get(right)
    strict = known is None or right in rules.strict
    return _Case(
        regime=regime,
        right=right,
        received=received,
        received_on=earliest_date(received, [zone, person_zone or zone]),
        zone=zone,
        person_zone=person_zone,
        region=region,
        title=rules.title,
        duties=known or promised(right),
        source=Source.STATUTE if known else Source.POLICY_PROMISE,
        waiting=_waiting(rules, strict=strict, id_pause=id_pause),
        id_pause=id_pause,
        place=_place(rules, region, strict=strict),
    )


def _region(rules: RegimeRules, zone: str, region: str | None) -> str | None:
    countries = rules.countries
    if region is None:
        there = REGION_OF_ZONE.get(zone)
        return rules.region or (there if countries is None or there in countries else None)
    if countries is not None and region != rules.region and region.partition("-")[0] not in countries:
        raise UnknownRegion(f"the region {region!r} is not one of {rules.title}")
    return region


def _waiting(rules: RegimeRules, *, strict: bool, id_pause: bool) -> dict[Subject, WaitRule]:
    if strict:
        unmoved = WaitRule(effect=Effect.NONE, law="this duty knows no pause")
        return {Subject.PROOF: unmoved, Subject.CLARIFICATION: unmoved}
    proof = rules.proof
    if proof.effect is Effect.PAUSES and not id_pause:
        proof = WaitRule(effect=Effect.NONE, law="the policy does not use the pause")
    return {Subject.PROOF: proof, Subject.CLARIFICATION: rules.clarification}


def _place(rules: RegimeRules, region: str | None, *, strict: bool) -> Place:
    rolls = "" if strict else rules.rolls
    if region is None:
        return Place(legal=WEEKENDS_ONLY, cautious=WEEKENDS_ONLY, rolls=rolls)
    if region == "US-CA":
        return Place(legal=CALIFORNIA, cautious=CALIFORNIA)
    legal = calendar_of(region)
    anywhere = rules.countries and not rules.region
    cautious = calendar_everywhere(region.partition("-")[0]) if anywhere else legal
    return Place(legal=legal, cautious=cautious, rolls=rolls)


def _refuse_impossible(case: _Case, sheet: ClockSheet, event: ClockEvent) -> None:
    if event.on < case.received_on:
        raise RefusedEvent(
            f"{event.kind.replace('_', '-')} on {event.on}, before the request was received on {case.received_on}"
        )
    subject = asks(event)
    moves = subject and case.waiting[subject].effect is not Effect.NONE
    if moves and not sheet.paused and event.on > sheet.answer.due:
        raise RefusedEvent(f"{subject} asked on {event.on}, but the clock had run out on {sheet.answer.due}")


def _sheet(case: _Case, waits: Sequence[Wait], known_until: date) -> ClockSheet:
    moved = shift(case.received_on, waits, case.waiting, known_until)
    counts = {rule.duty: count(rule, case.received_on, moved, case.place) for rule in case.duties}
    answer = next(rule for rule in reversed(case.duties) if rule.duty is not Duty.EXTENDED)
    extensible = Duty.EXTENDED in counts
    return ClockSheet(
        regime=case.regime,
        right=case.right,
        source=case.source,
        received=case.received,
        received_on=case.received_on,
        zone=case.zone,
        person_zone=case.person_zone,
        region=case.region,
        duties={duty: counted.due for duty, counted in counts.items()},
        answer_duty=answer.duty,
        notice_by=notice_by(answer, case.received_on, counts[answer.duty].due, case.place) if extensible else None,
        id_pause=case.id_pause,
        paused=any(w.got is None and case.waiting[w.subject].effect is not Effect.NONE for w in waits),
        explain=(
            _opening(case),
            *(counted.why for counted in counts.values()),
            *(told(wait, case.waiting[wait.subject]) for wait in waits),
        ),
        rules=f"{RULES}, {TABLES}",
    )


def _opening(case: _Case) -> str:
    where, ends = f"in {case.zone}", f"in {case.zone}"
    if case.person_zone:
        where += f", the earlier of the date there and in {case.person_zone}"
        ends = f"in {case.zone} or {case.person_zone}, where it comes first"
    owed = "the statute's" if case.source is Source.STATUTE else "the privacy policy's own promise"
    holidays = f"; holidays of {case.region}" if case.region else ""
    return (
        f"{case.title}, {case.right}: received on {case.received_on} ({where}); the duty is {owed}{holidays}. "
        f"What is due on a day is due at 23:59 {ends}."
    )
