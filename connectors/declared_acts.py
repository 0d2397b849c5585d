"""What is done with one record of a declared system: read, erased, corrected."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connectors.connector import TryLater
from connectors.declared_config import Thing
from connectors.declared_pointers import first, placed
from connectors.declared_records import said_by
from connectors.declared_requests import Requests, Thingy, answered, is_gone
from connectors.http import OK, Answer
from dsar.correction import Values, says
from dsar.records import Outcome, OutcomeKind, Record

ByHand = Callable[[Record, str], str]
"""A record, and what is wanted of a person there -> their instructions."""
Clock = Callable[[], datetime]

ERASE = "Delete it."


class Acts:
    """One record at a time, by its id."""

    def __init__(self, things: Mapping[str, Thing], requests: Requests, by_hand: ByHand, now: Clock) -> None:
        self._things = things
        self._requests = requests
        self._by_hand = by_hand
        self._now = now

    async def read(self, record: Record) -> Thingy | None:
        """The record as it is now, asked for by its id; `None` when it is gone."""
        thing = self.thing(record)
        if thing.read is None:
            raise ValueError("nothing reads it")
        answer = await self._requests.send(thing.read, _id(record), ok=OK | thing.gone.status)
        if is_gone(answer, thing):
            return None
        return _object(first(answer.json(), thing.record), answer)

    async def copy(self, record: Record) -> Thingy | None:
        """What a copy is made of."""
        thing = self.thing(record)
        if thing.export is None:
            raise ValueError("nothing exports it")
        answer = await self._requests.send(thing.export, _id(record), ok=OK | thing.gone.status)
        if is_gone(answer, thing):
            return None
        whole = answer.json()
        return whole if isinstance(whole, dict) else {"items": whole}

    async def erase(self, record: Record) -> Outcome:
        """Erase it, or let a person do so where the entry has no request for it."""
        thing = self.thing(record)
        if thing.erase is None:
            return self._left(record, ERASE)
        ok = thing.erase.done | thing.erase.accepted | thing.gone.status
        answer = await self._requests.send(thing.erase, _id(record), ok=ok)
        if is_gone(answer, thing):
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        answered(answer)
        if answer.status in thing.erase.accepted:
            due = self._now() + thing.erase.takes
            return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=due)
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)

    async def correct(self, record: Record, wished: Values) -> Outcome:
        """Change what the record has and does not say yet; believed when it says so."""
        thing = self.thing(record)
        held = await self.read(record) if thing.read else {}
        if held is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        said = said_by(held, thing)
        new = {field: value for field, value in wished.items() if field in said and said[field] != value}
        if thing.correct is None or not new:
            return Outcome(record_id=record.id, kind=OutcomeKind.RECTIFIED)
        ok = thing.correct.done | thing.correct.refused | thing.gone.status
        answer = await self._requests.send(
            thing.correct, _id(record), ok=ok, body=_changed(thing, new, record.state["nulls"])
        )
        if is_gone(answer, thing):
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        answered(answer)
        now = await self.read(record)
        if now is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        left = {f: v for f, v in new.items() if not says(f, said_by(now, thing).get(f, ""), v)}
        if not left:
            return Outcome(record_id=record.id, kind=OutcomeKind.RECTIFIED)
        return self._left(record, "\n".join(f"Set {f.replace('_', ' ')} to {v!r}." for f, v in left.items()))

    def thing(self, record: Record) -> Thing:
        """What kind of record it is."""
        return self._things[record.state["thing"]]

    def _left(self, record: Record, words: str) -> Outcome:
        instructions = self._by_hand(record, words)
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _id(record: Record) -> dict[str, str]:
    return {"id": str(record.state["id"])}


def _changed(thing: Thing, new: Values, nulls: list[str]) -> Thingy:
    """The body: the fields that change, where the record has them; what was null and says nothing is null again."""
    body: Thingy = {}
    for field, value in new.items():
        body = placed(body, thing.fields[field], None if not value and field in nulls else value)
    return placed({}, thing.correct.under, body) if thing.correct and thing.correct.under else body


def _object(value: Any, answer: Answer) -> Thingy:
    if not isinstance(value, dict):
        raise TryLater(f"{answer.path} answered without the record that systems.toml expects")
    return value
