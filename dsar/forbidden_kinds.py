"""What never leaves, whoever asks: 11 CCR 7024(d). That it is held is said, and what it is."""

from enum import StrEnum


class Forbidden(StrEnum):
    """The kinds, as the person reads them."""

    SSN = "social security number"
    GOVERNMENT = "driver's licence, passport or other government number"
    ACCOUNT = "financial account number"
    HEALTH = "health insurance or medical record number"
    PASSWORD = "password or key"  # noqa: S105 - the name of a kind
    SECURITY_ANSWER = "security question or answer"
    BIOMETRIC = "biometric data"


def marker(kind: Forbidden) -> str:
    """What stands where the value stood."""
    return f"[held, not shown: {kind}]"
