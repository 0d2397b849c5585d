"""Erasing generations, and telling deleted from soft-deleted: Google keeps those until a time that it names."""

from collections.abc import Sequence
from datetime import timedelta

from connectors.connector import NeedsPerson
from connectors.gcs_generations import Generation, Generations, SoftDeletePolicy, Stored
from connectors.http import together
from dsar.records import Outcome, OutcomeKind

LATER = timedelta(hours=12)
"""After the promised time, and between two looks: Google deletes soon after `hardDeleteTime`, not at its second."""

Policies = dict[str, SoftDeletePolicy | None]


class Erasure:
    """Erases generations in one account; never overrides an unlocked retention."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations

    async def of(self, wanted: Sequence[Generation]) -> list[Outcome]:
        """What became of each generation."""
        policies = await self._policies(wanted)
        return await together(self._erased(each, policies) for each in wanted)

    async def check(self, wanted: Sequence[Generation]) -> list[Outcome]:
        """What is seen of each generation now."""
        policies = await self._policies(wanted)
        return await together(self._checked(each, policies) for each in wanted)

    async def _policies(self, wanted: Sequence[Generation]) -> Policies:
        """Asked anew each time: a policy can be set, lengthened and paused at any moment."""
        buckets = list(dict.fromkeys(each.bucket for each in wanted))
        return dict(zip(buckets, await together(map(self._generations.soft_delete_policy, buckets)), strict=True))

    async def _erased(self, wanted: Generation, policies: Policies) -> Outcome:
        try:
            was_there = await self._generations.delete(wanted)
        except NeedsPerson:
            found = await self._generations.get(wanted)
            lock = found.lock(self._generations.now()) if found else None
            if lock is None:
                raise
            return Outcome(record_id=wanted.id, kind=OutcomeKind.RETAINED, until=lock.until, basis=lock.basis)
        gone = OutcomeKind.ERASED if was_there else OutcomeKind.NOT_FOUND
        return await self._soft(wanted, policies) or Outcome(record_id=wanted.id, kind=gone)

    async def _checked(self, wanted: Generation, policies: Policies) -> Outcome:
        if await self._generations.get(wanted) is not None:
            return _still_there(wanted, "Google Cloud Storage still has this generation")
        soft = await self._soft(wanted, policies)
        if soft is None:
            return Outcome(record_id=wanted.id, kind=OutcomeKind.ERASED)
        return _still_there(wanted, soft.basis) if soft.kind is OutcomeKind.RETAINED else soft

    async def _soft(self, wanted: Generation, policies: Policies) -> Outcome | None:
        """What is to be said of a generation that is deleted and could still be restored; `None` when it is not."""
        policy = policies[wanted.bucket]
        if policy is None:
            return None
        found = await self._generations.get(wanted, soft_deleted=True)
        return self._promised(wanted, found, policy) if found else None

    def _promised(self, wanted: Generation, found: Stored, policy: SoftDeletePolicy) -> Outcome:
        if policy.hardDeletePause.get("enabled"):
            basis = "soft-deleted, and the bucket's hard deletion is paused: Google keeps it until that is lifted"
            return Outcome(record_id=wanted.id, kind=OutcomeKind.RETAINED, basis=basis)
        now = self._generations.now()
        until = found.hardDeleteTime or now + timedelta(seconds=policy.retentionDurationSeconds)
        if until + LATER <= now:
            return _still_there(wanted, f"Google was to delete it for good by {until:%Y-%m-%d}, and still has it")
        reason = f"soft-deleted: Google can restore it until {until:%Y-%m-%d} and deletes it for good after that"
        due = max(until, now) + LATER
        return Outcome(record_id=wanted.id, kind=OutcomeKind.ACCEPTED, check_after=due, reason=reason)


def _still_there(wanted: Generation, reason: str) -> Outcome:
    return Outcome(record_id=wanted.id, kind=OutcomeKind.REFUSED, reason=reason)
