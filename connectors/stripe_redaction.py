"""Redaction jobs, a preview that Stripe admits accounts to: an object, and what hangs on it, loses its personal data.

Redacting a customer redacts also what the customer paid, invoices that tax law keeps among it. So a customer that has
payments is not redacted, but deleted; a payment whose time is over is redacted by itself.

A job is made, validates itself, and is then run; each repeat of an erasure meets the same job, by the key under which
it was made, and takes it one step further. Once it runs nobody can stop it.

The vendor's reference: https://docs.stripe.com/privacy/redaction, https://docs.stripe.com/api/privacy/redaction-job
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.connector import TryLater
from connectors.http import shaped
from connectors.stripe_account import Account
from connectors.stripe_answers import Job, JobMistake, Refusal
from connectors.stripe_records import WORDS, at_stripe, kind_of
from dsar.records import Outcome, OutcomeKind, Record

JOBS = "/v1/privacy/redaction_jobs"
JOB = "/v1/privacy/redaction_jobs/{}"

OBJECTS = {
    "customer": "customers",
    "invoice": "invoices",
    "charge": "charges",
    "payment_intent": "payment_intents",
    "checkout_session": "checkout_sessions",
}
"""What each kind is called in a job."""

BEHAVIOUR = {"customer": "fix"}
"""A customer here has neither subscriptions nor payments: what Stripe then sets right is to detach saved cards. With
anything else it could void or end something, so that a person does it ("error")."""

VALIDATING = frozenset({"created", "validating"})
RUNNING = frozenset({"redacting", "succeeded"})
OVER = frozenset({"failed", "canceling", "canceled"})
LOCKED = "locked_by_other_job"
VALIDATES_FOR = timedelta(minutes=1)
MADE = frozenset({200, 400})

ByHand = Callable[[Record, str], str]


class Redaction:
    """Takes one record's job as far as it goes now."""

    def __init__(self, account: Account, by_hand: ByHand) -> None:
        self._account = account
        self._config = account.config
        self._version = account.config.redaction_version
        self._by_hand = by_hand

    async def take_on(self, record: Record) -> Outcome | TryLater:
        """`ACCEPTED` once the job runs; `TryLater` while it validates; what Stripe objects to is a person's task."""
        kind, thing = kind_of(record)
        form = {f"objects[{OBJECTS[kind]}][]": thing, "validation_behavior": BEHAVIOUR.get(kind, "error")}
        made = await self._account.write(JOBS, form=form, version=self._version, ok=MADE)
        job = await self._job(made.read(Job).id) if made.status == 200 else None
        mistakes = await self._mistakes(job) if job else []
        if job is None or any(each.code == LOCKED for each in mistakes):
            job = await self._made_before(kind, thing) or job
        if job is None:
            return self._left(record, made.read(Refusal).error.message)
        if job.status == "failed":
            return self._left(record, "; ".join(f"{each.code}: {each.message}" for each in mistakes))
        return await self._taken_further(record, job)

    async def _taken_further(self, record: Record, job: Job) -> Outcome | TryLater:
        if job.status in VALIDATING:
            return TryLater(f"{self._config.title}: a redaction is being validated", VALIDATES_FOR)
        if job.status == "ready":
            run = await self._account.write(f"{JOB}/run", job.id, form={}, version=self._version, ok=MADE)
            if run.status == 400:
                return self._left(record, run.read(Refusal).error.message)
            job = run.read(Job)
        if job.status in RUNNING:
            after = datetime.now(UTC) + self._config.redaction_takes
            return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=after)
        return self._left(record, f"redaction job {job.id} is {job.status}")

    async def _job(self, job: str) -> Job:
        """The job as it stands now: what its making is answered may be an echo."""
        answer = await self._account.http.request("GET", JOB, job, headers={"Stripe-Version": self._version})
        return answer.read(Job)

    async def _mistakes(self, job: Job) -> list[JobMistake]:
        """Why a job failed its validation."""
        if job.status != "failed":
            return []
        path = f"{JOB}/validation_errors"
        listed = await self._account.everything(path, job.id, version=self._version)
        return [shaped(JobMistake, each, path) for each in listed]

    async def _made_before(self, kind: str, thing: str) -> Job | None:
        """The job that is about this object and no other: one of ours, of which Stripe forgot the key after a day.

        A job with more in it is somebody else's, and not run for them.
        """
        jobs = await self._account.everything(JOBS, version=self._version, **{"expand[]": "data.objects"})
        mine = [each for each in jobs if _about(each) == [(OBJECTS[kind], thing)]]
        return await self._job(str(mine[0]["id"])) if mine else None

    def _left(self, record: Record, why: str) -> Outcome:
        words = (
            f"Stripe does not redact this {WORDS[kind_of(record)[0]]} ({why}). Open {at_stripe(record)}, settle what "
            "it objects to, then redact it there, or ask Stripe's support to."
        )
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=self._by_hand(record, words))


def _about(job: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a job redacts; nothing, of one that failed or was called off."""
    if job.get("status") in OVER:
        return []
    return [(kind, name) for kind, names in (job.get("objects") or {}).items() for name in names or ()]
