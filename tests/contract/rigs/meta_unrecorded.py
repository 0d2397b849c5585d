"""Meta's rig where the company keeps no list of its uploads: everybody may be in an audience."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.contract.rigs import meta

ASSUMED = "nobody can look: each address is assumed to be in an audience"


class UnrecordedRig(meta.MetaRig):
    """The same stand-in, an entry without `sent_lists` and without a list to exclude."""

    name = "meta_unrecorded"
    uploaded = 0
    exempt: ClassVar[dict[str, str]] = {
        "test_an_unknown_person_is_success_with_nothing_found": ASSUMED,
        "test_hostile_identifiers_find_nobody": ASSUMED,
    }

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **config: Any) -> None:
        super().__init__(clock, **{"sent_lists": None, "exclusion_audience": None} | config)

    def member(self, digest: str) -> str:
        """The id of the record that is assumed."""
        return f"members:{meta.ACCOUNT}:{digest[:16]}"
