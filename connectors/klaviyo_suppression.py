"""Taking addresses out of every mailing, and putting them back as they were.

A bulk job does it, and is believed only when the profile itself says so. Taking back ends only what was done here: who
unsubscribed, complained or bounced stays out (Klaviyo takes back no other suppression than `USER_SUPPRESSED`).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from connectors.connector import TryLater
from connectors.http import together
from connectors.klaviyo_account import Account
from connectors.klaviyo_answers import Profile
from connectors.klaviyo_records import profile_of
from dsar.records import Outcome, OutcomeKind, Record

OURS = "USER_SUPPRESSED"
MOST = 100
"""Addresses in one job."""
A_MOMENT = timedelta(seconds=10)

ByHand = Callable[[Record, str], str]


class Suppressing:
    """All records of a page at once: a job takes many."""

    def __init__(self, account: Account, by_hand: ByHand) -> None:
        self._account = account
        self._by_hand = by_hand

    async def suppress(self, records: Sequence[Record]) -> list[Outcome]:
        """`SUPPRESSED` each; a profile without an address has no mail to be kept from."""
        held = await self._profiles(records)
        await self._run("create", [p for p in held if p and p.attributes.email and not p.suppressed_for])
        now = await self._profiles(records)
        return [self._suppressed(record, profile) for record, profile in zip(records, now, strict=True)]

    async def restore(self, records: Sequence[Record]) -> list[Outcome]:
        """Profiles that were suppressed when they were found stay so."""
        held = await self._profiles(records)
        ours = [
            profile
            for record, profile in zip(records, held, strict=True)
            if profile and OURS in profile.suppressed_for and not record.state["suppressed"]
        ]
        await self._run("delete", ours)
        now = await self._profiles(records)
        return [self._restored(record, profile) for record, profile in zip(records, now, strict=True)]

    async def _profiles(self, records: Sequence[Record]) -> list[Profile | None]:
        return await together(self._account.profile(profile_of(record)) for record in records)

    async def _run(self, what: str, profiles: Sequence[Profile]) -> None:
        """The jobs for these addresses, each to its end; one that takes longer is looked at again in a moment."""
        addresses = [str(profile.attributes.email) for profile in profiles]
        chunks = [addresses[at : at + MOST] for at in range(0, len(addresses), MOST)]
        jobs = [await self._account.suppression(what, chunk) for chunk in chunks]
        if any(job.attributes.status in {"queued", "processing"} for job in jobs):
            raise TryLater(f"{self._account.config.title} is still working on a suppression", A_MOMENT)

    def _suppressed(self, record: Record, profile: Profile | None) -> Outcome:
        if profile is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if profile.suppressed_for:
            return Outcome(record_id=record.id, kind=OutcomeKind.SUPPRESSED)
        words = "Klaviyo's interface suppresses by address. Open the profile and unsubscribe it from every channel."
        instructions = self._by_hand(record, words)
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)

    def _restored(self, record: Record, profile: Profile | None) -> Outcome:
        if profile is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if bool(profile.suppressed_for) == record.state["suppressed"]:
            return Outcome(record_id=record.id, kind=OutcomeKind.RESTORED)
        why = "Klaviyo keeps the suppression: who unsubscribed by their own act comes back only by their own act"
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason=why)
