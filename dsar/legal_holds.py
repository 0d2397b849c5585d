"""Legal holds that people place: what a lawsuit or an investigation forbids to erase, whoever asks."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from dsar.frozen import Frozen
from dsar.identity import Key
from dsar.records import Record


class LegalHold(Frozen):
    """One hold in force. What it leaves open it does not ask for; one of the three is always given."""

    id: str
    reason: str
    """In words that a letter can say, without personal data: `pending litigation`."""
    system: str | None = None
    category: str | None = None
    subject: str | None = None
    """A fingerprint: only the records of this person."""
    kind: Key | None = None
    """Which kind of identifier the fingerprint is of."""

    def covers(self, system: str, record: Record, subjects: AbstractSet[str]) -> bool:
        """Whether this record may not be erased, found in this system for a person with these fingerprints."""
        return (
            (self.system is None or self.system == system)
            and (self.category is None or self.category == record.category)
            and (self.subject is None or self.subject in subjects)
        )

    def may_cover(self, system: str, record: Record, kinds: AbstractSet[Key]) -> bool:
        """Whether this record could be of the person under this hold: it carries nothing of the kind they are known by.

        `kinds`: those of the identifiers that the record itself carries.
        """
        anybody = self.model_copy(update={"subject": None})
        return self.subject is not None and self.kind not in kinds and anybody.covers(system, record, frozenset())


def covering(holds: Iterable[LegalHold], system: str, record: Record, subjects: AbstractSet[str]) -> LegalHold | None:
    """The first hold that keeps this record, if any."""
    return next((hold for hold in holds if hold.covers(system, record, subjects)), None)
