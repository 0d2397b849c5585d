"""What S3's refusals mean: it says no in XML, in bare statuses (HEAD), and through a proxy in HTML.

All of it ends as `TryLater`, `NeedsPerson`, or `Gone` for what is not there. The texts name the operation, the status
and S3's code, never a bucket's key, a tag or an identifier.
"""

from collections.abc import Mapping

import aiohttp
from botocore.exceptions import (
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NotConnected
from botocore.parsers import ResponseParserError

from connectors.connector import ConnectorError, NeedsPerson, SystemConfig, TryLater
from connectors.http import TRY_LATER, retry_after

BROKEN = (
    aiohttp.ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NotConnected,
    ResponseParserError,
    TimeoutError,
)
"""The connection failed, or the answer was cut short or is not S3's."""

BUSY = frozenset(
    {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "OperationAborted", "Throttling"}
)
"""Codes that mean "not now" whatever the status; as an error of one key in DeleteObjects they come without one."""
READING = frozenset({"head_object", "get_object"})
"""Operations whose answer has the object's own content type, and no XML."""
ABSENT = frozenset(
    {
        "NoSuchKey",
        "NoSuchUpload",
        "NoSuchVersion",
        "ObjectLockConfigurationNotFoundError",
        "ReplicationConfigurationNotFoundError",
    }
)
NOT_EVERYWHERE = frozenset({"get_bucket_replication", "get_object_lock_configuration", "list_multipart_uploads"})
"""What some services do not have: there is nothing of the kind there."""
EXPIRED = frozenset({"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})


class Gone(Exception):
    """The version asked for is not there, or is a delete marker, which has nothing to read."""


def meaning(config: SystemConfig, operation: str, error: ClientError) -> Exception:
    """What to raise for an error that S3 answered an operation with."""
    metadata = error.response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    code = str(error.response.get("Error", {}).get("Code", ""))
    headers = metadata.get("HTTPHeaders", {})
    said = f"{operation} answered {status} {code if code.isalpha() else ''}".rstrip()
    if is_page(headers) and status in {404, 405}:
        return TryLater(f"{config.title}: {said}, with a page that is not S3's")
    if _is_gone(operation, status, code):
        return Gone()
    if code in BUSY or status in TRY_LATER or status >= 500:
        return TryLater(f"{config.title}: {said}", retry_after({"Retry-After": headers.get("retry-after", "")}))
    return _refusal(config, status, code, said)


def is_page(headers: Mapping[str, str]) -> bool:
    """Whether an answer is a web page: a proxy's, never S3's own."""
    return headers.get("content-type", "").startswith("text/html")


def wrong(config: SystemConfig, said: str) -> NeedsPerson:
    """What neither waiting nor a credential repairs."""
    instructions = f"{config.title} refused the request as it stands. An engineer should look at it: {said}."
    return NeedsPerson(f"{config.title}: {said}", instructions)


def _is_gone(operation: str, status: int, code: str) -> bool:
    unknown = operation in NOT_EVERYWHERE and code == "NotImplemented"
    nothing_to_read = operation in READING and status in {404, 405} and code != "NoSuchBucket"
    return code in ABSENT or unknown or nothing_to_read


def _refusal(config: SystemConfig, status: int, code: str, said: str) -> ConnectorError:
    entry = f"[{config.name}] in systems.toml"
    if code == "InvalidObjectState":
        why = "Some of the person's objects are archived. Restore them from the archive in S3, then retry."
    elif status in {401, 403} or code in EXPIRED:
        why = (
            f"The credential of {entry} is wrong or expired, or lacks a right on a bucket named there. It needs to "
            "list versions and uploads in parts, to read, tag, delete and abort them, and to read the replication "
            "configuration. Repair it, restart the worker, then retry."
        )
    elif status // 100 == 3 or code == "AuthorizationHeaderMalformed":
        why = f"A bucket is elsewhere. Correct region and base_url of {entry}, restart the worker, then retry."
    elif code == "NoSuchBucket":
        why = f"A bucket that {entry} names does not exist. Correct the entry, restart the worker, then retry."
    else:
        return wrong(config, said)
    return NeedsPerson(f"{config.title}: {said}", why)
