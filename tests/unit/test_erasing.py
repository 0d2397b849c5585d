"""Erasing: what a system says it did is looked at again before anybody is told."""

from collections.abc import Sequence
from typing import ClassVar

import pytest
from pydantic import SecretStr

from activities.erasing import erased
from connectors.connector import Ability, Connector, SystemConfig, TryLater
from dsar.identity import Identity, Key
from dsar.records import Located, Outcome, OutcomeKind, Record

RECORD = Record(id="row:1", category="x", matched=frozenset({Key.EMAIL}))
CONFIG = SystemConfig(name="it", kind="it", title="It", base_url="http://localhost", secret=SecretStr("x"))


class Forgetful(Connector):
    """Says one thing when it erases, and another when it is asked."""

    can: ClassVar[frozenset[Ability]] = frozenset({Ability.LOCATE, Ability.ERASE})

    def __init__(self, says: OutcomeKind, seen: OutcomeKind) -> None:
        super().__init__(CONFIG)
        self._says = says
        self._seen = seen
        self.asked: list[str] = []

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """Nothing."""
        return Located()

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """What it says."""
        return [Outcome(record_id=record.id, kind=self._says) for record in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """What is seen."""
        self.asked += [record.id for record in records]
        return [Outcome(record_id=record.id, kind=self._seen) for record in records]


@pytest.mark.parametrize("said", [OutcomeKind.ERASED, OutcomeKind.ANONYMISED])
async def test_what_is_still_there_or_still_says_who_is_erased_again(said: OutcomeKind) -> None:
    """A record that was anonymised may stay, but not say whose it was: a system's word for it is not enough."""
    system = Forgetful(said, OutcomeKind.REFUSED)

    with pytest.raises(TryLater, match="It still holds 1 records"):
        await erased(system, [RECORD])

    assert system.asked == [RECORD.id]


@pytest.mark.parametrize("seen", [OutcomeKind.ERASED, OutcomeKind.ANONYMISED, OutcomeKind.ACCEPTED])
async def test_what_was_anonymised_and_says_nothing_of_anybody_is_believed(seen: OutcomeKind) -> None:
    """There without a person, gone altogether since, or in a system that cannot tell: its word stands."""
    outcomes = await erased(Forgetful(OutcomeKind.ANONYMISED, seen), [RECORD])

    assert outcomes[RECORD.id].kind is OutcomeKind.ANONYMISED


@pytest.mark.parametrize("said", [OutcomeKind.ACCEPTED, OutcomeKind.RETAINED, OutcomeKind.NEEDS_PERSON])
async def test_what_is_not_done_yet_is_not_asked_about_now(said: OutcomeKind) -> None:
    """It is asked about when it should have been done."""
    system = Forgetful(said, OutcomeKind.REFUSED)

    outcomes = await erased(system, [RECORD])

    assert outcomes[RECORD.id].kind is said
    assert system.asked == []
