"""What Azure's refusals mean: `TryLater`, `NeedsPerson`, `Gone` for what is not there, `Refused` for what must stay.

The texts name the operation, the status and Azure's code, never a blob's name, a tag or a signature.
"""

from collections.abc import Mapping

from azure.core.exceptions import HttpResponseError

from connectors.connector import NeedsPerson, SystemConfig, TryLater
from connectors.http import TRY_LATER, retry_after

BUSY = frozenset({"ServerBusy", "OperationTimedOut", "InternalError", "ContainerBeingDeleted", "ConditionNotMet"})
ABSENT = frozenset({"BlobNotFound", "ResourceNotFound"})
STAYS = frozenset(
    {
        "BlobImmutableDueToPolicy",
        "BlobImmutableDueToLegalHold",
        "ContainerImmutableDueToPolicy",
        "ContainerImmutableDueToLegalHold",
        "SnapshotsPresent",
        "LeaseIdMissing",
        "OperationNotAllowedOnRootBlob",
    }
)
"""Codes that say of one blob why it is not deleted; some come as 403, 409 or 412, so the status says nothing."""


class Gone(Exception):
    """The blob, version or snapshot asked for is not there."""


class Refused(Exception):
    """Azure does not delete this one; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def meaning(config: SystemConfig, operation: str, error: HttpResponseError) -> Exception:
    """What to raise for an error that Azure answered an operation with."""
    status = error.status_code or 0
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    code = str(headers.get("x-ms-error-code", ""))
    said = f"{config.title}: {operation} answered {status} {code if code.isalpha() else ''}".rstrip()
    if code in STAYS:
        return Refused(code)
    if code in ABSENT:
        return Gone()
    if code == "BlobArchived":  # a 409, which else means "not now"
        return NeedsPerson(said, "Some of the person's blobs are archived. Bring them to another tier, then retry.")
    if code in BUSY or status in TRY_LATER or status >= 500 or status // 100 in {2, 3}:
        return TryLater(said, retry_after({"Retry-After": str(headers.get("Retry-After", ""))}))
    return NeedsPerson(said, _what_to_do(config, status, code, said))


def _what_to_do(config: SystemConfig, status: int, code: str, said: str) -> str:
    entry = f"[{config.name}] in systems.toml"
    if code == "ContainerNotFound":
        return f"A container that {entry} names does not exist. Correct the entry, restart the worker, then retry."
    if status in {401, 403}:
        return (
            f"The credential of {entry} is wrong or expired, or lacks a right on a container named there. It needs to "
            "list, read and delete blobs, their versions and, if configured, tags. Repair it, restart the worker, "
            "then retry."
        )
    return f"{config.title} refused the request as it stands. An engineer should look at it: {said}."
