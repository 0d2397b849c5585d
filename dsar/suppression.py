"""What is kept in mind of a person after their request, so that what was done stays done (11 CCR 7022(e))."""

from datetime import datetime
from enum import StrEnum

from dsar.frozen import Frozen


class Scope(StrEnum):
    """What must not begin again."""

    ERASED = "erased"
    """Their records were erased: a re-import or a restored backup is erased again."""
    RESTRICTED = "restricted"
    """Their records are kept and not used (GDPR 18), for as long as the restriction lasts: nothing of it is erased."""
    SHARING = "sharing"
    """They opted out of sale and sharing."""
    SENSITIVE = "sensitive"
    """They limited the use of sensitive data."""
    MARKETING = "marketing"
    """They took a consent back, or objected to marketing."""


class Suppression(Frozen):
    """One person, known by one keyed hash."""

    fingerprint: str
    scope: Scope
    since: datetime
    """When their last request was carried out (UTC)."""
