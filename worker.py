"""Process 1: builds the real objects, and runs workflows and activities until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Any

import structlog
from temporalio import activity
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleSpec,
)
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import settings
from activities.agency import Agency
from activities.clocks import Clocks
from activities.cooling_off import CoolingOff
from activities.corrections import Corrections
from activities.evidence import Evidence
from activities.failures import FailureTranslation
from activities.holds import Holds
from activities.housekeeping import Housekeeping as HousekeepingWork
from activities.letter_forms import LetterForms
from activities.letters import Letters
from activities.mail import Mail, SmtpMail
from activities.mail_questions import MailQuestions
from activities.outbox import Outbox
from activities.paces import leased_from
from activities.packages import Packages
from activities.places import BESIDE, PLACES, Places
from activities.plan_work import PlanWork
from activities.proof_points import ProofPoints
from activities.restraints import Restraints
from activities.suppression import Suppressions
from activities.sweeping import Sweeps
from activities.systems import Systems
from activities.talking import Talks
from activities.undelivered import TellingMail, Undelivered
from connectors import catalogue
from connectors.connector import Connector, TryLater
from dsar.identity import Key
from dsar.mail_note import MailQuestionStart
from dsar.policy import Policy
from dsar.undelivered import LetterBack
from foundation import UNUSABLE, Foundation, founded, key_for
from intake.engine import Engine, EngineDown
from intake.registration import register_search_attributes
from workflows.declaration import DeclarationHold
from workflows.housekeeping import Housekeeping
from workflows.mail_question import MailQuestion
from workflows.retention_hold import RetentionHold
from workflows.retention_sweep import DailySweep, RetentionSweep
from workflows.rights_request import RightsRequest

log = structlog.get_logger()

WORKFLOWS: Sequence[type] = (
    RightsRequest, RetentionHold, RetentionSweep, DailySweep, MailQuestion, Housekeeping, DeclarationHold,
)  # fmt: skip

ENGINE_AGAIN_SECONDS = 3.0

COLLECTED = (20_000, 20, 50)
"""When Python looks for cycles: a request makes so many objects that its own settings cost a twentieth of the time."""

FORGET_EVERY = timedelta(minutes=15)
SWEEP_EVERY = timedelta(days=1)

PASSED_THROUGH = SandboxRestrictions.default.with_passthrough_modules(
    "activities", "connectors", "dsar", "ledger", "vault", "pydantic", "pydantic_core", "annotated_types",
    "typing_extensions", "zoneinfo", "tzdata", "aiohttp", "sqlalchemy", "cryptography", "google", "jinja2", "structlog",
)  # fmt: skip
"""Imported once, not anew in each workflow's sandbox: rules and models are pure, the rest is named, never called."""


def undelivered(foundation: Foundation, client: Client, policy: Policy) -> Undelivered:
    """Who is told of letters that the mail server refuses. An engine that is down is waited for, as for any step."""

    async def connected() -> Client:
        return client

    def engine() -> Engine:
        return Engine(connected, activity.info().task_queue)

    async def tell(request_id: str, back: LetterBack) -> bool:
        with _waited_for():
            return await engine().letter_back(request_id, back)

    async def ask(start: MailQuestionStart) -> None:
        with _waited_for():
            await engine().ask_about_mail(start)

    return Undelivered(foundation.ledger, foundation.vault, foundation.policies, policy, tell, ask)


@contextmanager
def _waited_for() -> Iterator[None]:
    try:
        yield
    except EngineDown:
        raise TryLater("the engine did not take word of a letter") from None


def activities(
    foundation: Foundation,
    client: Client,
    connectors: dict[str, Connector],
    mail: Mail,
    public_url: str,
    subject_key: bytes,
    policy: Policy,
    *,
    staff: bool = False,
) -> Sequence[Callable[..., Any]]:
    """Every activity, its dependencies given. `staff`: whether our own people have pages to sign in at."""
    ledger, vault, policies = foundation.ledger, foundation.vault, foundation.policies
    mail = TellingMail(mail, undelivered(foundation, client, policy))
    directory = [c for c in connectors.values() if Key.EMAIL in c.config.learns]
    letters = Letters(mail, vault, ledger, policies, directory, public_url, staff=staff)
    work = PlanWork(connectors, vault, ledger, policies, subject_key)
    systems = Systems(work)
    corrections = Corrections(work)
    holds = Holds(connectors, vault, ledger, policies, subject_key)
    sweeps = Sweeps(connectors, vault, ledger, policies, policy, subject_key)
    evidence = Evidence(ledger)
    points = ProofPoints(connectors, vault, ledger, policies)
    suppressions = Suppressions(ledger, subject_key)
    mails = MailQuestions(mail, Outbox(mail, vault, ledger, policies, LetterForms()), vault, ledger, policies)
    agency = Agency(mail, vault, ledger, policies, directory, public_url)
    cooling_off = CoolingOff(vault, ledger, policies, Outbox(mail, vault, ledger, policies, LetterForms()), subject_key)
    return [
        agency.acknowledge_agent, agency.disown,
        cooling_off.address_moved, cooling_off.look_back, cooling_off.warn_former,
        letters.acknowledge, letters.send_another_code, letters.announce_extension, letters.answer,
        letters.deny_unverified, letters.confirm_cancellation, letters.announce_release, letters.ring,
        letters.announce_task,
        letters.announce_pause, letters.ask_clarification, letters.announce_resumed,
        letters.announce_lift, letters.refuse, letters.announce_proposal,
        Clocks().recount, suppressions.suppress, suppressions.end_suppression,
        systems.survey, systems.survey_and_export, systems.survey_and_withhold,
        systems.withhold, systems.restore, systems.erase, systems.check, systems.export,
        Restraints(work).restrain,
        corrections.rectify, corrections.put_back, corrections.look_again,
        Packages(vault, ledger, policies).pack,
        holds.hand_over, holds.erase_due, holds.release,
        sweeps.begin_sweep, sweeps.sweep_through, sweeps.erase_swept, sweeps.remember_asked, sweeps.settle_asked,
        sweeps.miss_system, sweeps.end_sweep,
        points.weigh, points.settle, points.expire,
        mails.announce_mail, mails.end_mail,
        Talks(Outbox(mail, vault, ledger, policies, LetterForms()), policies).send_reply,
        evidence.record, evidence.keep_task, evidence.pass_on_task, evidence.still_open,
        HousekeepingWork(client, vault, ledger).forget_closed,
    ]  # fmt: skip


def worker(
    client: Client, task_queue: str, work: Sequence[Callable[..., Any]], *, sandboxed: bool = True, systems: int = 10
) -> Worker:
    """The worker, as production, demo, tests and benchmark run it. `systems`: how many may all hang at once.

    `sandboxed` has each workflow checked, as it runs, for what a replay could not repeat. The tests run every workflow
    so. It imports the workflows' modules anew for each request and enters the sandbox for each payload, a quarter of
    the worker's time, to find again what the tests found.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=work,
        interceptors=[FailureTranslation(), Places()],
        workflow_runner=SandboxedWorkflowRunner(restrictions=PASSED_THROUGH)
        if sandboxed
        else UnsandboxedWorkflowRunner(),
        max_cached_workflows=1000,
        max_concurrent_activities=BESIDE + PLACES * systems,
        max_concurrent_workflow_tasks=100,
        max_concurrent_local_activities=200,
        max_eager_activity_reservations_per_workflow_task=12,  # a step started eagerly costs nearly nothing
        graceful_shutdown_timeout=timedelta(seconds=10),
    )


async def schedule_housekeeping(client: Client, task_queue: str) -> None:
    """Have the engine run the housekeeping, and the daily sweep."""
    for name, run, every in (("housekeeping", Housekeeping.run, FORGET_EVERY), ("sweep", DailySweep.run, SWEEP_EVERY)):
        action = ScheduleActionStartWorkflow(run, id=name, task_queue=task_queue)
        schedule = Schedule(action=action, spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]))
        # The second worker to say so is told that it is done already.
        with suppress(ScheduleAlreadyRunningError):
            await client.create_schedule(name, schedule)


async def connected(foundation: Foundation) -> Client:
    """A client of the engine; one that is not there yet, or is being restarted, is waited for."""
    while True:
        try:
            return await foundation.connect()
        except RuntimeError:  # the SDK's, for whatever it could not connect to
            log.warning("the engine does not answer; trying again", seconds=ENGINE_AGAIN_SECONDS)
            await asyncio.sleep(ENGINE_AGAIN_SECONDS)


@asynccontextmanager
async def running(configured: settings.Settings) -> AsyncIterator[Worker]:
    """A worker at work."""
    async with AsyncExitStack() as stack:
        foundation = await stack.enter_async_context(founded(configured))
        paces = leased_from(foundation.ledger, key_for(configured, "pace"))
        connectors = catalogue.build(configured.systems, paces)
        for connector in connectors.values():
            stack.push_async_callback(connector.close)
        mail = SmtpMail(configured.smtp_url, configured.mail_from, configured.smtp_secret.get_secret_value())
        stack.push_async_callback(mail.close)
        client = await connected(foundation)
        await register_search_attributes(client)
        await schedule_housekeeping(client, configured.task_queue)
        work = activities(
            foundation,
            client,
            connectors,
            mail,
            configured.public_url,
            key_for(configured, "suppression"),
            configured.policy,
            staff=bool(configured.staff.get_secret_value()),
        )
        works = worker(client, configured.task_queue, work, sandboxed=False, systems=len(connectors))
        yield await stack.enter_async_context(works)


async def main() -> int:
    """Run until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    try:
        configured = settings.read()
        async with running(configured):
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, stop.set)
            log.info("worker ready", task_queue=configured.task_queue, systems=sorted(configured.systems))
            await stop.wait()
    except UNUSABLE as error:
        print(error, file=sys.stderr)  # noqa: T201 - the operator reads this
        return 2
    return 0


if __name__ == "__main__":
    gc.set_threshold(*COLLECTED)
    status = asyncio.run(main())
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's core can abort the interpreter while it is torn down; everything of ours is closed by now.
    os._exit(status)
