"""What a processor says, read only after its signature held (OpenDSR 2.0, 6 to 8)."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

PENDING, IN_PROGRESS, COMPLETED, CANCELLED = "pending", "in_progress", "completed", "cancelled"


class _Read(BaseModel):
    """Open to what it does not know, and quotes nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class SupportedIdentity(_Read):
    """A way in which people can be named there."""

    identity_type: str
    identity_format: str


class Discovery(_Read):
    """What the processor supports (6.3)."""

    supported_identities: tuple[SupportedIdentity, ...]
    supported_subject_request_types: tuple[str, ...]
    processor_certificate: str


class Address(_Read):
    """The one thing that is read before the signature can be checked: where what checks it is."""

    processor_certificate: str


class Created(_Read):
    """The receipt of a request (7.3)."""

    expected_completion_time: AwareDatetime
    encoded_request: str
    """Base64 of what we sent; compared, and kept nowhere."""
    subject_request_id: str


class Standing(_Read):
    """Where a request stands (8.3)."""

    expected_completion_time: AwareDatetime
    subject_request_id: str
    request_status: Literal["pending", "in_progress", "completed", "cancelled"]
    results_url: str | None = None
    results_count: int | None = Field(default=None, ge=0)


class StatusCallback(Standing):
    """The same, as a callback says it (8.6)."""

    status_callback_url: str
