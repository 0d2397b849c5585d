"""Copying what a system holds of the person into the vault, page by page, or having a person copy it."""

import hashlib
from collections.abc import Sequence

from activities.heartbeat import heartbeating
from activities.pages import ExportPage, PlanPages, export_pages
from activities.plan_work import Act, PlanWork, having
from connectors.connector import Ability, Connector
from dsar.outcomes import Tally
from dsar.plans import Action, Step
from dsar.records import FileRef, Outcome, OutcomeKind, Record

LOOK = "See whether there is anything of the person."
COPY = "Copy what is there of the person, and send it to them beside the package, the way you reach them safely."


class Copying:
    """The copies of what systems hold."""

    def __init__(self, work: PlanWork) -> None:
        self._work = work
        self._vault = work.vault

    async def copied(self, order: Act, plan: PlanPages) -> Tally:
        """Stream what the plan exports into the vault, records and files, encrypted."""
        connector = self._work.connector(order.system)
        if Ability.EXPORT not in connector.can:
            return await self._by_hand(order, connector, plan)
        kept = export_pages(self._vault, order.owner, order.system)
        tally = Tally(system=order.system)
        async with heartbeating() as beat:
            done = await kept.done()
            for number in range(await plan.done()):
                steps = (await plan.get(number)).steps
                records = having(steps, Action.EXPORT)
                if order.confirmed:
                    records += having(steps, Action.CONFIRM)
                if number < done:
                    items = (await kept.get(number)).items
                else:
                    items = tuple(await connector.export(records)) if records else ()
                    for file in (file for item in items for file in item.files):
                        await self._vault.write(order.owner, file_name(order.system, file), connector.open(file))
                    await kept.keep(number, ExportPage(items=items))
                    beat(number)
                tally = tally.plus(_exported(records, {item.record_id for item in items}))
        return tally

    async def _by_hand(self, order: Act, connector: Connector, plan: PlanPages) -> Tally:
        """What no interface copies, a person does."""
        rule = await self._work.rule(order, order.proven, order.identity, confirmed=order.confirmed)

        async def page(_: int, steps: Sequence[Step]) -> list[Outcome]:
            now = [rule(step.record) for step in steps]
            asked = [(r, COPY) for r in having(now, Action.EXPORT)] + [(r, LOOK) for r in having(now, Action.TELL)]
            return [
                Outcome(record_id=r.id, kind=OutcomeKind.NEEDS_PERSON, instructions=connector.manually(r, what))
                for r, what in asked
            ]

        return await self._work.page_by_page(order, "export", page, plan=plan)


def file_name(system: str, file: FileRef) -> str:
    """Where an exported file is kept in the vault."""
    return f"files/{system}/{hashlib.sha256(file.locator.encode()).hexdigest()}"


def _exported(records: Sequence[Record], ids: set[str]) -> list[tuple[Record, Outcome]]:
    kinds = {True: OutcomeKind.EXPORTED, False: OutcomeKind.NOT_FOUND}
    return [(r, Outcome(record_id=r.id, kind=kinds[r.id in ids])) for r in records]
