"""The daily sweep and the replay after a restored backup: what came back goes again, and what is over goes."""

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from connectors.connector import NeedsPerson, TryLater
from console.call import Call
from console.replay import found, replay_erasures
from dsar.case import Task, TaskState
from dsar.fingerprints import fingerprint
from dsar.identity import Identifier, Key
from dsar.legal_holds import LegalHold
from dsar.records import Anchor, OutcomeKind, Record
from dsar.suppression import Scope
from dsar.sweeping import Mode
from foundation import Foundation
from intake.desk import NotFound, Refused
from settings import Settings
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, LEAD, QUEUE, House, house, policy
from workflows.retention_sweep import DailySweep, RetentionSweep
from workflows.sweep_report import Report, SweepStart

KEY = bytes(32)
"""The house's."""

Sweep = WorkflowHandle[RetentionSweep, Report]

LONG_AGO = date(2010, 1, 1)
HER = Identifier(kind=Key.EMAIL, value=ADA)
TODAY = datetime.now(UTC).date()


def record(name: str, category: str = "marketing data", created: date | None = LONG_AGO, **facts: object) -> Record:
    dates = {Anchor.CREATED: created} if created else {}
    return Record.model_validate({"id": name, "category": category, "matched": {Key.EMAIL}, "dates": dates, **facts})


def holding(name: str, *records: Record, whose: Identifier = HER) -> FakeSystem:
    """A system whose records all say whose they are."""
    system = FakeSystem(name, records)
    system.carries = {each.id: (whose,) for each in records}
    return system


async def erased_before(at: House, *identifiers: Identifier) -> None:
    """These people were erased, today."""
    known_by = [fingerprint(KEY, identifier) for identifier in identifiers or (HER,)]
    await at.foundation.ledger.suppressions.add("request-before", Scope.ERASED, known_by)


async def begun(at: House, sweep_id: str = "sweep-1", **start: object) -> Sweep:
    return await at.env.client.start_workflow(
        RetentionSweep.run, SweepStart.model_validate(start), id=sweep_id, task_queue=QUEUE
    )


async def swept(at: House, sweep_id: str = "sweep-1", **start: object) -> Report:
    return await (await begun(at, sweep_id, **start)).result()


@dataclass(frozen=True)
class Connected(Foundation):
    """The house's foundation, its engine in reach."""

    client: Client | None = None

    async def connect(self) -> Client:
        assert self.client
        return self.client


def called(at: House, **arguments: object) -> Call:
    """A command, as it is called in the house."""
    given: dict[str, Any] = {"systems": {name: {} for name in at.systems}, "task_queue": QUEUE, "policy": policy()}
    configured = Settings.model_construct(**given)
    base = at.foundation
    foundation = Connected(base.ledger, base.vault, base.keys, base.policies, client=at.env.client)
    return Call(args=Namespace(**arguments), settings=configured, desk=at.desk, foundation=foundation)


async def asked(sweep: Sweep, kind: str = "decide") -> Task:
    """Wait for what the sweep asks."""

    async def there() -> Task | None:
        return next((task for task in (await sweep.query(RetentionSweep.report)).tasks if task.kind == kind), None)

    return await eventually(there)


async def eventually(look: Callable[[], Awaitable[Task | None]]) -> Task:
    for _ in range(400):
        if found := await look():
            return found
        await asyncio.sleep(0.025)
    raise AssertionError("nobody is asked")


async def test_an_erased_person_who_is_imported_again_is_erased_again(tmp_path: Path) -> None:
    """The deletion ends, an old list is imported, and the next morning it is gone; others' records stay."""
    news = FakeSystem("news", [record("a")])
    async with house(tmp_path, news) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.ended(receipt)
        news.records = {r.id: r for r in (record("a2"), record("b"), record("c"))}
        news.carries = {"a2": (HER,), "b": (Identifier(kind=Key.EMAIL, value="bob@example.com"),)}

        report = await swept(at)

        assert set(news.records) == {"b", "c"}
        assert report.systems["news"].found is not None
        assert report.systems["news"].found.looked_at == 3
        assert report.systems["news"].of(OutcomeKind.ERASED) == 1
        assert not (await at.foundation.ledger.journal.verify()).problems


async def test_policy_decides_what_becomes_of_a_record_past_its_retention(tmp_path: Path) -> None:
    """Erased, proposed to a person, or kept; and what is not over stays."""
    everywhere = holding(
        "site",
        record("cookie", "cookies and tracking"),
        record("young", "cookies and tracking", created=TODAY),
        record("campaign", "marketing campaign data"),
        record("newsletter", "marketing data"),
    )
    async with house(tmp_path, everywhere) as at:
        sweep = await begun(at)
        task = await asked(sweep)
        await at.until(lambda: "cookie" not in everywhere.records)

        assert set(everywhere.records) == {"young", "campaign", "newsletter"}
        assert "1 record in" in task.instructions
        await at.until(lambda: any("Site" in body for _, body in at.mail.to(LEAD)))
        await at.desk.resolve(task.id, TaskState.DONE, by="lea")
        await sweep.result()

        assert set(everywhere.records) == {"young", "newsletter"}
        assert await at.foundation.ledger.tasks.list() == ()


async def test_what_a_person_keeps_is_not_asked_about_tomorrow(tmp_path: Path) -> None:
    """Neither while the answer is awaited, nor after it."""
    crm = holding("crm", record("campaign", "marketing campaign data"))
    async with house(tmp_path, crm) as at:
        first = await begun(at)
        task = await asked(first)
        meanwhile = await swept(at, "sweep-2")
        await at.desk.resolve(task.id, TaskState.EXCEPTION, by="lea")
        await first.result()
        afterwards = await swept(at, "sweep-3")

        assert [sum(r.systems["crm"].found.propose.values()) for r in (meanwhile, afterwards)] == [0, 0]  # type: ignore[union-attr]
        assert set(crm.records) == {"campaign"}


async def test_a_question_that_nobody_answers_is_asked_again(tmp_path: Path) -> None:
    """A sweep waits a fortnight, no longer; what was not decided is not done."""
    crm = holding("crm", record("campaign", "marketing campaign data"))
    async with house(tmp_path, crm) as at:
        first = await begun(at)
        await asked(first)
        await at.ended_saga(first, timedelta(days=5))

        again = await begun(at, "sweep-2")
        await asked(again)

        assert set(crm.records) == {"campaign"}
        assert [task.request_id for task in await at.foundation.ledger.tasks.list()] == ["sweep-2"]


async def test_what_changed_while_a_person_thought_is_judged_afresh(tmp_path: Path) -> None:
    """Said yes to two; one of them is used again by then, and stays."""
    crm = holding("crm", record("a", "marketing campaign data"), record("b", "marketing campaign data"))
    async with house(tmp_path, crm) as at:
        sweep = await begun(at)
        task = await asked(sweep)
        crm.records["b"] = record("b", "marketing campaign data", created=TODAY)

        await at.desk.resolve(task.id, TaskState.DONE, by="lea")
        await sweep.result()

        assert set(crm.records) == {"b"}


async def test_a_legal_hold_stops_the_sweep(tmp_path: Path) -> None:
    """Placed on a category and on a person; lifted, the next sweep erases."""
    site = holding("site", record("cookie", "cookies and tracking"), record("a"))
    async with house(tmp_path, site) as at:
        await erased_before(at)
        holds = at.foundation.ledger.legal_holds
        await holds.place(
            LegalHold(id="legal-1", reason="litigation", subject=fingerprint(KEY, HER), kind=Key.EMAIL), "Lea"
        )

        await swept(at)
        assert set(site.records) == {"cookie", "a"}
        await holds.ask_lift("legal-1", "Lea")
        await holds.lift("legal-1", "Dee")
        await swept(at, "sweep-2")

        assert not site.records


async def test_a_hold_placed_after_the_look_is_seen_before_anything_goes(tmp_path: Path) -> None:
    """What was found is judged once more at the moment it is to go."""
    site = holding("site", record("cookie", "cookies and tracking"))
    async with house(tmp_path, site, rules=policy(approve_above_records=1)) as at:
        site.records["other"] = record("other", "cookies and tracking")
        sweep = await begun(at)
        task = await asked(sweep)
        hold = LegalHold(id="legal-1", reason="litigation", category="cookies and tracking")
        await at.foundation.ledger.legal_holds.place(hold, "Lea")

        await at.desk.resolve(task.id, TaskState.DONE, by="lea")
        report = await sweep.result()

        assert set(site.records) == {"cookie", "other"}
        assert report.systems["site"].gone[0].counts == {}


async def test_more_than_the_policys_bound_goes_only_when_a_person_has_looked(tmp_path: Path) -> None:
    """A mistake in policy.toml does not empty a system over night."""
    site = holding("site", *(record(f"cookie{n}", "cookies and tracking") for n in range(5)))
    async with house(tmp_path, site, rules=policy(approve_above_records=4)) as at:
        sweep = await begun(at)
        task = await asked(sweep)
        assert len(site.records) == 5

        await at.desk.resolve(task.id, TaskState.DONE, by="lea")
        await sweep.result()

        assert not site.records


async def test_a_backup_that_was_restored_is_replayed(tmp_path: Path) -> None:
    """The replay erases also what has no date; what is merely old it leaves; who came anew is a person's to judge."""
    soon = TODAY + timedelta(days=30)
    crm = holding("crm", record("undated", created=None), record("dated"), record("anew", created=soon))
    site = holding("site", record("cookie", "cookies and tracking"), whose=Identifier(kind=Key.CLIENT_ID, value="1.2"))
    async with house(tmp_path, crm, site) as at:
        await erased_before(at)

        dry = await swept(at, "sweep-dry", mode=Mode.REPLAY, dry_run=True)
        assert dry.systems["crm"].found.erase == 2  # type: ignore[union-attr]
        assert len(crm.records) == 3
        sweep = await begun(at, mode=Mode.REPLAY)
        task = await asked(sweep)
        await at.until(lambda: len(crm.records) == 1)
        await at.desk.resolve(task.id, TaskState.EXCEPTION, by="lea")
        report = await sweep.result()

        assert set(crm.records) == {"anew"}
        assert set(site.records) == {"cookie"}
        assert report.systems["crm"].of(OutcomeKind.ERASED) == 2


async def test_the_command_replays_and_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """First only looked, then erased; where a person is needed it does not wait, and says so."""
    soon = TODAY + timedelta(days=30)
    crm, mail = holding("crm", record("back"), record("anew", created=soon)), holding("mail", record("back"))
    async with house(tmp_path, crm, mail) as at:
        await erased_before(at)

        statuses = [await replay_erasures(called(at, dry_run=dry, system=["crm"])) for dry in (True, False)]

        said = capsys.readouterr().out
        assert statuses == [0, 0]
        assert "Crm: 2 records looked at, 2 came back, 1 would be erased, 1 asked about." in said
        assert "Crm: 2 records looked at, 2 came back, 1 erased, 1 asked about." in said
        assert "A person is needed" in said
        assert set(crm.records) == {"anew"}
        assert set(mail.records) == {"back"}
        (task,) = await at.foundation.ledger.tasks.list()
        assert await found(called(at, request=task.request_id, system="crm")) == 0
        assert "may have come back as a customer" in capsys.readouterr().out
        await at.desk.resolve(task.id, TaskState.EXCEPTION, by="lea")
        await at.env.client.get_workflow_handle(task.request_id).result()


async def test_what_a_law_keeps_did_not_come_back(tmp_path: Path) -> None:
    """An erased person's invoice, kept for seven years, is no business of the sweep; nor is what is locked."""
    young = TODAY - timedelta(days=300)
    books = holding(
        "books",
        record("invoice", "financial records and invoices", created=young),
        record("locked", lock={"basis": "object lock", "until": None}),
    )
    async with house(tmp_path, books) as at:
        await erased_before(at)

        report = await swept(at)

        assert set(books.records) == {"invoice", "locked"}
        assert report.systems["books"].found.returned == 0  # type: ignore[union-attr]


async def test_a_sweep_that_dies_on_its_way_goes_on_where_it_was(tmp_path: Path) -> None:
    """Tried again after each failure; nothing is skipped, nothing counted twice."""
    site = holding("site", *(record(f"cookie{n}", "cookies and tracking") for n in range(5)))
    crash = RuntimeError("killed")
    site.failing["walk"] = [crash, crash]
    site.failing["check"] = [crash]
    async with house(tmp_path, site) as at:
        sweep = await begun(at)

        report = await at.ended_saga(sweep, timedelta(seconds=30))

        assert not site.records
        assert report.systems["site"].found.looked_at == 5


async def test_a_system_that_is_down_all_day_is_swept_tomorrow(tmp_path: Path) -> None:
    """It delays no other, and the journal says that it was missed."""
    down, up = holding("down", record("a")), holding("up", record("b"))
    down.failing["walk"] = [TryLater("down", timedelta(hours=6))] * 9
    async with house(tmp_path, down, up) as at:
        await erased_before(at)
        sweep = await begun(at)
        await at.until(lambda: not up.records)

        report = await at.ended_saga(sweep, timedelta(hours=6))

        assert report.systems["down"].missed
        assert "not swept" in [e.event for e in await at.foundation.ledger.journal.entries("sweep-1")]


async def test_a_system_that_refuses_us_is_a_persons_to_mend_once(tmp_path: Path) -> None:
    """Tomorrow's sweep does not ask for the same key again."""
    crm = holding("crm", record("a"))
    refusal = NeedsPerson("CRM answered 401", "renew the key")
    crm.failing["walk"] = [refusal, refusal]
    async with house(tmp_path, crm) as at:
        await erased_before(at)
        first = await begun(at)
        task = await asked(first, "unblock")
        assert (await swept(at, "sweep-2")).systems["crm"].missed

        await at.desk.resolve(task.id, TaskState.DONE, by="ops")
        await first.result()

        assert not crm.records


async def test_what_only_a_person_can_erase_is_a_task(tmp_path: Path) -> None:
    """With the records behind a command; done, the next sweep looks."""
    figma = holding("figma", record("a"))
    figma.by_hand = True
    async with house(tmp_path, figma) as at:
        await erased_before(at)
        sweep = await begun(at)
        task = await asked(sweep, "act")
        assert (await at.desk.task(task.id)).title == "1 record in Figma to erase by hand"
        assert (await swept(at, "sweep-2")).systems["figma"].found.erase == 0  # type: ignore[union-attr]

        figma.by_hand = False
        await at.desk.resolve(task.id, TaskState.DONE, by="lea")
        await sweep.result()
        await swept(at, "sweep-3")

        assert not figma.records


async def test_a_sweep_is_forgotten_once_it_is_over(tmp_path: Path) -> None:
    """Its key goes with the housekeeping, and with it what it found; its journal stays."""
    site = holding("site", record("cookie", "cookies and tracking"))
    async with house(tmp_path, site) as at:
        await swept(at)

        assert await at.forget() == 1

        assert await at.foundation.vault.names("sweep-1") == []
        assert [e.event for e in await at.foundation.ledger.journal.entries("sweep-1")] == [
            "sweep begun",
            "swept through",
            "erased by a sweep",
            "sweep ended",
            "key destroyed",
        ]


async def test_the_schedule_starts_one_sweep_a_day(tmp_path: Path) -> None:
    """However often it runs."""
    async with house(tmp_path, holding("site", record("cookie", "cookies and tracking"))) as at:
        names = {
            await at.env.client.execute_workflow(DailySweep.run, id=f"sweep{n}", task_queue=QUEUE) for n in range(2)
        }

        (sweep_id,) = names
        handle = at.env.client.get_workflow_handle(sweep_id)
        await handle.result()
        assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED


async def test_what_resolves_nothing_is_refused(tmp_path: Path) -> None:
    """An unknown task, one that is over, a sweep that is none."""
    crm = holding("crm", record("campaign", "marketing campaign data"))
    async with house(tmp_path, crm) as at:
        sweep = await begun(at)
        task = await asked(sweep)

        with pytest.raises(Refused, match="no task"):
            await at.desk.resolve("sweep-1.9", TaskState.DONE, by="lea")
        with pytest.raises(Refused, match="as done"):
            await at.desk.resolve(task.id, TaskState.WITHDRAWN, by="lea")
        with pytest.raises(NotFound):
            await at.desk.task("sweep-1.9")
        with pytest.raises(Refused, match="not running"):
            await at.desk.resolve("sweep-none.1", TaskState.DONE, by="lea")
        await at.desk.resolve(task.id, TaskState.NOT_FOUND, by="lea")
        await sweep.result()

        assert set(crm.records) == {"campaign"}
