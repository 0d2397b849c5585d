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
from connectors.stripe_answers import Job, Refusal
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

VALIDATING = frozenset({"created", "validating"})
RUNNING = frozenset({"redacting", "succeeded"})
CALLED_OFF = frozenset({"canceling", "canceled"})
VALIDATES_FOR = timedelta(minutes=1)
MADE = frozenset({200, 400})

ByHand = Callable[[Record, str], str]


class Redaction:
    """Takes one record's job as far as it goes now."""

    def __init__(self, account: Account, by_hand: ByHand) -> None:
        self._account = account
        self._config = account.config
        self._by_hand = by_hand

    async def take_on(self, record: Record) -> Outcome | TryLater:
        """`ACCEPTED` once the job runs; `TryLater` while it validates; what Stripe objects to is a person's task."""
        version = self._config.redaction_version
        kind, thing = kind_of(record)
        form = {f"objects[{OBJECTS[kind]}][]": thing, "validation_behavior": "fix"}
        made = await self._account.write(JOBS, form=form, version=version, ok=MADE)
        name = made.read(Job).id if made.status == 200 else await self._made_before(kind, thing)
        if name is None:
            return self._left(record, made.read(Refusal).error.message)
        job = await self._job(name)
        if job.status in VALIDATING:
            return TryLater(f"{self._config.title}: a redaction is being validated", VALIDATES_FOR)
        if job.status == "ready":
            run = await self._account.write(f"{JOB}/run", job.id, form={}, version=version, ok=MADE)
            if run.status == 400:
                return self._left(record, run.read(Refusal).error.message)
            job = run.read(Job)
        if job.status in RUNNING:
            after = datetime.now(UTC) + self._config.redaction_takes
            return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=after)
        return self._left(record, f"redaction job {job.id} is {job.status}; its validation errors say why")

    async def _job(self, job: str) -> Job:
        """The job as it stands now: what its making is answered may be an echo."""
        headers = {"Stripe-Version": self._config.redaction_version}
        answer = await self._account.http.request("GET", JOB, job, headers=headers)
        return shaped(Job, answer.json(), JOB)

    async def _made_before(self, kind: str, thing: str) -> str | None:
        """The job that is about this object and no other: one of ours, of which Stripe forgot the key after a day.

        A job with more in it is somebody else's, and not run for them.
        """
        version = self._config.redaction_version
        jobs = await self._account.everything(JOBS, version=version, **{"expand[]": "data.objects"})
        return next((str(each["id"]) for each in jobs if _about(each) == [(OBJECTS[kind], thing)]), None)

    def _left(self, record: Record, why: str) -> Outcome:
        words = (
            f"Stripe does not redact this {WORDS[kind_of(record)[0]]} ({why}). Open {at_stripe(record)}, settle what "
            "it objects to, then redact it there, or ask Stripe's support to."
        )
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=self._by_hand(record, words))


def _about(job: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a job would redact; nothing of one that was called off."""
    if job.get("status") in CALLED_OFF:
        return []
    return [(kind, name) for kind, names in (job.get("objects") or {}).items() for name in names or ()]
