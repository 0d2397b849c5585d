"""Meta: lead forms, which can be read, and custom audiences and events, which nobody can look into.

A lead is found by walking through every form, for Meta searches none, and is deleted for good. Audiences take hashed
addresses and never say who is in them: where the company's own list of uploads is configured, a record is made for
each address on it, otherwise one is assumed for each ad account, and its label says so. Taking an address out is
`ACCEPTED`, never `ERASED`: Meta only says that it received the order. Flagged audiences let nobody out, and no call
finds or deletes an event: tasks for a person. Nothing can be corrected, and a walk would not meet the audiences.

Suppressing puts the address on a list that all ad sets exclude; who is erased stays on it, so that no upload brings
them back. What is put back is taken off that list, also where it had been on it before, unless the list of uploads says
so: Meta does not tell.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from connectors.connector import Ability, Connector, SystemConfig
from connectors.http import together
from connectors.meta_config import MetaConfig
from connectors.meta_graph import Graph
from connectors.meta_members import Members
from connectors.meta_records import (
    all_of,
    assumed_record,
    event_record,
    exported_lead,
    exported_unseen,
    is_event,
    is_lead,
    lead_record,
    sent_record,
)
from connectors.meta_tasks import SEND_NO_MORE, stays, task, to_do
from connectors.sent_lists import hashes_of, sent
from dsar.correction import Field
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record

CAN = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE})


class Place(Frozen):
    """The cursor: the forms still to be read, each by its Page, number and name, and where in the first of them."""

    forms: tuple[tuple[str, str, str], ...]
    after: str | None = None


class Meta(Connector):
    """`clock` says when a removal should be through."""

    Config: ClassVar[type[SystemConfig]] = MetaConfig
    config: MetaConfig

    def __init__(self, config: MetaConfig, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._graph = Graph(config)
        self._members = Members(self._graph, config, clock)

    @property
    def can(self) -> frozenset[Ability]:
        """Suppressing takes a list to exclude."""
        return CAN | {Ability.SUPPRESS} if self.config.exclusion_audience else CAN

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """First what cannot be seen, with the forms that there are; then a page of a form's leads."""
        if cursor is None:
            if not (hashes := hashes_of(identity)) and not any(identity.values(Key.PHONE)):
                return Located()
            forms = [(page, each.id, each.name) for page in self.config.pages for each in await self._graph.forms(page)]
            return Located(records=tuple(await self._unseen(hashes)), cursor=_cursor(Place(forms=tuple(forms))))
        place = Place.model_validate_json(cursor)
        (page, form, name), *rest = place.forms
        leads = await self._graph.leads(page, form, place.after)
        found = [lead_record(self.config, (page, form, name), lead, identity) for lead in leads.data]
        following = Place(forms=place.forms, after=leads.after) if leads.after else Place(forms=tuple(rest))
        return Located(records=tuple(record for record in found if record), cursor=_cursor(following))

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """The answers of each lead; of audiences and events, what the company knows that it sent."""
        exported = await together(self._exported(record) for record in records)
        return [each for each in exported if each is not None]

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Exclude the addresses from all advertising; that no more events are sent is a person's task."""
        outcomes = {o.record_id: o for o in await self._members.suppress([r for r in records if not is_event(r)])}
        outcomes |= {r.id: task(r, self.config.title, SEND_NO_MORE) for r in records if is_event(r)}
        return [outcomes[record.id] for record in records]

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Exclude them no longer. Of events nothing was changed by a call."""
        outcomes = {o.record_id: o for o in await self._members.restore([r for r in records if not is_event(r)])}
        outcomes |= {o.record_id: o for o in all_of([r for r in records if is_event(r)], OutcomeKind.RESTORED)}
        return [outcomes[record.id] for record in records]

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete the leads, take the addresses out of the audiences; events are a person's task."""
        leads = [record for record in records if is_lead(record)]
        outcomes = {outcome.record_id: outcome for outcome in await together(map(self._erased, leads))}
        outcomes |= {record.id: task(record, self.config.title) for record in records if is_event(record)}
        outcomes |= await self._members.erase([record for record in records if record.id not in outcomes])
        return [outcomes[record.id] for record in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Whether each lead is gone; events stay; of the rest, Meta's word stands."""
        leads = [record for record in records if is_lead(record)]
        outcomes = {outcome.record_id: outcome for outcome in await together(map(self._checked, leads))}
        outcomes |= {record.id: stays(record) for record in records if is_event(record)}
        rest = [record for record in records if record.id not in outcomes]
        outcomes |= {outcome.record_id: outcome for outcome in self._members.check(rest)}
        return [outcomes[record.id] for record in records]

    def may_say(self, record: Record, field: Field) -> bool:
        """A lead whatever its form asks; an audience has the hash of an address, and nothing else to be corrected."""
        return is_lead(record) or (field is Field.EMAIL and not is_event(record))

    def manually(self, record: Record, what: str) -> str:
        """By Meta's own menus."""
        return to_do(record, self.config.title, what)

    async def close(self) -> None:
        """Close the connections."""
        await self._graph.close()

    async def _unseen(self, hashes: Sequence[str]) -> list[Record]:
        records = [event_record(self.config, pixel, each) for pixel in self.config.pixels for each in hashes]
        if self.config.sent_lists is None:
            return records + [
                assumed_record(self.config, account, each) for account in self.config.ad_accounts for each in hashes
            ]
        uploads = await sent(self.config.sent_lists, hashes)
        excluded = {each.email_sha256 for each in uploads if each.list_id == self.config.exclusion_audience}
        return records + [
            sent_record(self.config, each, excluded=each.email_sha256 in excluded)
            for each in uploads
            if each.list_id != self.config.exclusion_audience
        ]

    async def _exported(self, record: Record) -> Exported | None:
        if not is_lead(record):
            return exported_unseen(record)
        lead = await self._graph.lead(*_lead_of(record))
        return exported_lead(record, lead) if lead else None

    async def _erased(self, record: Record) -> Outcome:
        there = await self._graph.delete_lead(*_lead_of(record))
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED if there else OutcomeKind.NOT_FOUND)

    async def _checked(self, record: Record) -> Outcome:
        if await self._graph.lead(*_lead_of(record)):
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the form still has the lead")
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)


def _cursor(place: Place) -> str | None:
    return place.model_dump_json() if place.forms else None


def _lead_of(record: Record) -> tuple[str, str, str]:
    return str(record.state["page"]), str(record.state["form"]), str(record.state["lead"])
