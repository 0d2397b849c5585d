"""Calls to an S3 service, with what its refusals mean.

S3 says no in XML, in bare statuses (HEAD) and through a proxy in HTML; all of it ends as `TryLater`, `NeedsPerson`,
or `Gone` for what is not there. Repeating is the engine's part, so botocore's own retries are off.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiolimiter import AsyncLimiter
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NotConnected
from botocore.parsers import ResponseParserError

from connectors.connector import ConnectorError, NeedsPerson, SystemConfig, TryLater
from connectors.http import TRY_LATER, retry_after
from dsar.frozen import Frozen

# At DEBUG botocore writes every request whole: keys (personal data) and signatures.
logging.getLogger("botocore").setLevel(logging.WARNING)
logging.getLogger("aiobotocore").setLevel(logging.WARNING)

Addressing = Literal["path", "virtual"]

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
ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "ObjectLockConfigurationNotFoundError"})
EXPIRED = frozenset({"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})


class Gone(Exception):
    """The version asked for is not there, or is a delete marker, which has nothing to read."""


class Credential(Frozen):
    """The secret of the entry in systems.toml, as JSON."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Client:
    """One connection pool to one S3 service, opened at the first call.

    Error texts name the operation, the status and S3's code, never a bucket's key, a tag or an identifier.
    """

    def __init__(self, config: SystemConfig, region: str, addressing: Addressing) -> None:
        self._config = config
        self._options = AioConfig(
            region_name=region,
            connect_timeout=10,
            read_timeout=config.timeout_seconds,
            max_pool_connections=config.max_connections,
            retries={"mode": "standard", "total_max_attempts": 1},
            request_checksum_calculation="when_required",
            s3={"addressing_style": addressing},
        )
        self._slots = asyncio.Semaphore(config.max_connections)
        pace = config.requests_per_second
        self._limiter = AsyncLimiter(1, 1 / pace) if pace else None
        self._opening = asyncio.Lock()
        self._open = AsyncExitStack()
        self._client: Any = None

    async def call(self, operation: str, promised: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask S3 once; `operation` is botocore's name for it, `promised` a member that every true answer has.

        A proxy's page with status 200 parses as an answer in which everything is absent: without `promised` it would
        pass for "nothing found".
        """
        async with self._slot(operation):
            return await self._answer(operation, promised, parameters)

    async def stream(self, size: int, **parameters: Any) -> AsyncIterator[bytes]:
        """The body of one version, in chunks of at most `size` bytes."""
        async with self._slot("get_object"):
            answer = await self._answer("get_object", "ETag", parameters)
            async with answer["Body"] as body:
                async for chunk in body.iter_chunks(size):
                    yield chunk

    async def has_object_lock(self, bucket: str) -> bool:
        """Whether versions in this bucket can be locked at all."""
        try:
            await self.call("get_object_lock_configuration", "ObjectLockConfiguration", Bucket=bucket)
        except Gone:
            return False
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self._open.aclose()
        self._client = None

    async def _answer(self, operation: str, promised: str | None, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await getattr(await self._connected(), operation)(**parameters)
        page = answer["ResponseMetadata"]["HTTPHeaders"].get("content-type", "").startswith("text/html")
        if (page and operation not in READING) or (promised is not None and promised not in answer):
            if (body := answer.get("Body")) is not None:
                body.close()
            raise TryLater(f"{self._config.title}: {operation} answered with something that is not S3's")
        return answer

    async def _connected(self) -> Any:
        async with self._opening:
            if self._client is None:
                self._client = await self._open.enter_async_context(self._new())
        return self._client

    def _new(self) -> Any:
        credential = Credential.model_validate_json(self._config.secret.get_secret_value())
        return get_session().create_client(
            "s3",
            endpoint_url=self._config.base_url,
            aws_access_key_id=credential.access_key_id,
            aws_secret_access_key=credential.secret_access_key,
            aws_session_token=credential.session_token,
            config=self._options,
        )

    @asynccontextmanager
    async def _slot(self, operation: str) -> AsyncIterator[None]:
        """One of the allowed connections, with every failure in it raised as what it means."""
        async with self._slots:
            if self._limiter is not None:
                await self._limiter.acquire()
            try:
                yield
            except ClientError as error:
                raise self._meaning(operation, error) from None
            except BROKEN as error:
                raise TryLater(f"{self._config.title}: {operation} failed: {type(error).__name__}") from None
            except BotoCoreError as error:
                raise self._wrong(f"{operation} could not be sent: {type(error).__name__}") from None

    def _meaning(self, operation: str, error: ClientError) -> Exception:
        metadata = error.response.get("ResponseMetadata", {})
        status = int(metadata.get("HTTPStatusCode", 0))
        code = str(error.response.get("Error", {}).get("Code", ""))
        said = f"{operation} answered {status} {code if code.isalpha() else ''}".rstrip()
        unlockable = operation == "get_object_lock_configuration" and code == "NotImplemented"
        read_nothing = operation in READING and status in {404, 405} and code != "NoSuchBucket"
        if code in ABSENT or unlockable or read_nothing:
            return Gone()
        if code in BUSY or status in TRY_LATER or status >= 500:
            after = retry_after({"Retry-After": metadata.get("HTTPHeaders", {}).get("retry-after", "")})
            return TryLater(f"{self._config.title}: {said}", after)
        return self._refusal(status, code, said)

    def _refusal(self, status: int, code: str, said: str) -> ConnectorError:
        title, entry = self._config.title, f"[{self._config.name}] in systems.toml"
        if code == "InvalidObjectState":
            why = "Some of the person's objects are archived. Restore them from the archive in S3, then retry."
        elif status in {401, 403} or code in EXPIRED:
            why = (
                f"The credential of {entry} is wrong or expired, or lacks a right on a bucket named there. It needs to "
                "list versions, and to read, tag and delete them. Repair it, restart the worker, then retry."
            )
        elif code == "NoSuchBucket":
            why = f"A bucket that {entry} names does not exist. Correct the entry, restart the worker, then retry."
        else:
            return self._wrong(said)
        return NeedsPerson(f"{title}: {said}", why)

    def _wrong(self, said: str) -> NeedsPerson:
        instructions = f"{self._config.title} refused the request as it stands. An engineer should look at it: {said}."
        return NeedsPerson(f"{self._config.title}: {said}", instructions)
