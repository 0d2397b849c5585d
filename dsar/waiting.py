"""The times a clock waited for the person: asked, answered, and what the regime makes of them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

from dsar.clock_events import ClockEvent, EventKind, RefusedEvent
from dsar.clock_rules import Effect, WaitRule
from dsar.frozen import Frozen


class Subject(StrEnum):
    """What the person was asked for."""

    PROOF = "proof of identity"
    CLARIFICATION = "clarification"


class Wait(Frozen):
    """Something was asked for; `got` is `None` while it has not come."""

    subject: Subject
    asked: date
    got: date | None = None


class Shift(Frozen):
    """How far waiting moves the legal date: where the count starts, and the days that are added to its end."""

    start: date
    added: int = 0


_ASKS = {EventKind.ID_REQUESTED: Subject.PROOF, EventKind.CLARIFICATION_REQUESTED: Subject.CLARIFICATION}
_ANSWERS = {EventKind.ID_RECEIVED: Subject.PROOF, EventKind.CLARIFICATION_RECEIVED: Subject.CLARIFICATION}


def asks(event: ClockEvent) -> Subject | None:
    """What this event asks the person for, if it asks."""
    return _ASKS.get(event.kind)


def in_order(events: Iterable[ClockEvent]) -> list[ClockEvent]:
    """The events by day; those of one day so that an answer follows its question, and otherwise as given."""
    ordered: list[ClockEvent] = []
    asked: set[Subject] = set()
    left = sorted(events, key=lambda event: event.on)
    while left:
        today = [event for event in left if event.on == left[0].on]
        comes = next((event for event in today if _fits(event, asked)), today[0])
        asked = asked | {_ASKS[comes.kind]} if comes.kind in _ASKS else asked - {_ANSWERS.get(comes.kind)}
        left.remove(comes)
        ordered.append(comes)
    return ordered


def _fits(event: ClockEvent, asked: set[Subject]) -> bool:
    if event.kind in _ASKS:
        return _ASKS[event.kind] not in asked
    return event.kind not in _ANSWERS or _ANSWERS[event.kind] in asked


def followed(waits: Sequence[Wait], event: ClockEvent) -> tuple[Wait, ...]:
    """The waits once this event, the latest so far, has happened.

    Raises:
        RefusedEvent: the same was asked already, or what came was never asked for.
    """
    subject = _ASKS.get(event.kind) or _ANSWERS[event.kind]
    waiting = next((wait for wait in waits if wait.subject is subject and wait.got is None), None)
    if event.kind in _ASKS:
        if waiting:
            raise RefusedEvent(f"{subject} asked on {event.on}, but asked on {waiting.asked} already and not received")
        return (*waits, Wait(subject=subject, asked=event.on))
    if waiting is None:
        raise RefusedEvent(f"{subject} received on {event.on}, before it was asked for")
    return tuple(w.model_copy(update={"got": event.on}) if w is waiting else w for w in waits)


def shift(received_on: date, waits: Iterable[Wait], rules: dict[Subject, WaitRule], known_until: date) -> Shift:
    """What all waits together do to the legal date. One that still lasts counts up to `known_until`."""
    start, added, excluded = received_on, 0, set[date]()
    for wait in waits:
        end = wait.got or max(wait.asked, known_until)
        match rules[wait.subject].effect:
            case Effect.RESTARTS:
                start = max(start, end)
            case Effect.PAUSES:
                added += (end - wait.asked).days
            case Effect.EXCLUDES:
                excluded.update(wait.asked + timedelta(days=n) for n in range((end - wait.asked).days + 1))
            case Effect.NONE:
                pass
    return Shift(start=start, added=added + sum(day >= start for day in excluded))


def told(wait: Wait, rule: WaitRule) -> str:
    """A wait and its effect, in words."""
    when = f"asked on {wait.asked}, " + (f"received on {wait.got}" if wait.got else "not received yet")
    effect = {
        Effect.NONE: "this moves no date",
        Effect.PAUSES: "the days between do not count; the safe date ignores the pause",
        Effect.RESTARTS: "the legal period starts when it is received; the safe date still counts from receipt",
        Effect.EXCLUDES: "these days, both ends included, do not count; the safe date ignores the pause",
    }[rule.effect]
    return f"{wait.subject.capitalize()} {when}: {effect} ({rule.law})."
