"""Correcting what systems say of a person: the old values stay in the vault, so that all of it can be put back."""

from collections.abc import Sequence

from temporalio import activity

from activities.heartbeat import heartbeating
from activities.pages import Pages
from activities.plan_work import Act, PlanWork, having, only_if_it_may
from connectors.connector import Ability, Connector
from dsar.correction import Field, Values, says, wanted
from dsar.frozen import Frozen
from dsar.outcomes import Tally
from dsar.plans import Action, Step
from dsar.records import Outcome, OutcomeKind, Record

FIELDS = tuple(Field)


class Said(Frozen):
    """What one record said before it was corrected. Personal data."""

    record: Record
    values: dict[Field, str]


class SaidPage(Frozen):
    """The records of a page of the plan that hold what is corrected."""

    said: tuple[Said, ...]


class Reverted(Frozen):
    """How many records say something else again than what they were corrected to."""

    records: int


class Corrections:
    """Cal. Civ. Code 1798.106; GDPR 16. Only what the person said is wrong; in each record, only fields it has."""

    def __init__(self, work: PlanWork) -> None:
        self._work = work

    @activity.defn
    async def rectify(self, order: Act) -> Tally:
        """Make every record that has one of the fields say what the person wants; what it said is kept first."""
        only_if_it_may(order.right, Ability.RECTIFY)
        rule = await self._work.rule(order, order.proven, order.identity, confirmed=order.confirmed)
        connector = self._work.connector(order.system)
        before = self._before(order)
        kept = await before.done()

        async def page(number: int, steps: Sequence[Step]) -> Sequence[Outcome]:
            records = having([rule(step.record) for step in steps], Action.RECTIFY)
            if Ability.RECTIFY not in connector.can:
                return [_by_hand(connector, record, wanted(order.wish.changes)) for record in records]
            if number < kept:  # killed in the middle of this page: by now, records may say the new value
                said = (await before.get(number)).said
            else:
                said = await _said(connector, records, order)
                await before.keep(number, SaidPage(said=said))
            return await _rectified(connector, said, [_new(s.values, order) for s in said])

        tally = await self._work.page_by_page(order, "rectify", page)
        await self._work.journal(order, "rectify", "corrected", tally.counts)
        return tally

    @activity.defn
    async def put_back(self, order: Act) -> None:
        """Make every record say again what it said before."""
        connector = self._work.connector(order.system)
        async with heartbeating() as beat:
            async for page in self._before(order).all():
                await _rectified(connector, page.said, [s.values for s in page.said])
                beat(0)
        await self._work.journal(order, "unrectify", "correction put back", {})

    @activity.defn
    async def look_again(self, order: Act) -> Reverted:
        """Whether what was corrected is still so: a later sync can bring the old value back (11 CCR 7023(k))."""
        connector = self._work.connector(order.system)
        count = 0
        async with heartbeating() as beat:
            async for page in self._before(order).all():
                if not page.said:
                    continue
                now = await connector.values([s.record for s in page.said], _fields(order))
                count += sum(
                    found is not None
                    and any(not says(f, found.get(f, ""), v) for f, v in _new(s.values, order).items())
                    for s, found in zip(page.said, now, strict=True)
                )
                beat(0)
        await self._work.journal(order, f"corrected:{order.today}", "looked at again", {"reverted": count})
        return Reverted(records=count)

    def _before(self, order: Act) -> Pages[SaidPage]:
        return Pages(self._work.vault, order.owner, f"before/{order.system}", SaidPage)


def _fields(order: Act) -> list[Field]:
    return list(wanted(order.wish.changes))


def _new(old: Values, order: Act) -> dict[Field, str]:
    """What a record with these fields should say: the changes of fields it does not have are left out."""
    return {field: value for field, value in wanted(order.wish.changes).items() if field in old}


async def _said(connector: Connector, records: Sequence[Record], order: Act) -> tuple[Said, ...]:
    found = await connector.values(records, _fields(order)) if records else []
    return tuple(
        Said(record=record, values=dict(values)) for record, values in zip(records, found, strict=True) if values
    )


async def _rectified(connector: Connector, said: Sequence[Said], values: Sequence[Values]) -> Sequence[Outcome]:
    return await connector.rectify([s.record for s in said], values) if said else []


def _by_hand(connector: Connector, record: Record, wished: Values) -> Outcome:
    """What no interface corrects, a person does; of what the record cannot say nothing is found there."""
    can = {field: value for field, value in wished.items() if connector.may_say(record, field)}
    if not can:
        return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
    words = "; ".join(f"{field.replace('_', ' ')} {value!r}" for field, value in can.items())
    what = f"Where it says something else of the person, make it say: {words}."
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=connector.manually(record, what))
