"""Calls to an S3 service over one connection pool; every failure is raised as what it means (s3_errors).

Repeating is the engine's part, so botocore's own retries are off.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from connectors.connector import SystemConfig, TryLater
from connectors.s3_errors import BROKEN, READING, Gone, is_page, meaning, wrong
from dsar.frozen import Frozen

# At DEBUG botocore writes every request whole: keys (personal data) and signatures.
logging.getLogger("botocore").setLevel(logging.WARNING)
logging.getLogger("aiobotocore").setLevel(logging.WARNING)

Addressing = Literal["path", "virtual"]


class _Straight:
    """A session that follows no redirect: what is asked goes to the address in systems.toml and nowhere else."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(self, *args: Any, **options: Any) -> aiohttp.ClientResponse:
        """Send one request, as aiobotocore does."""
        return await self._session.request(*args, **options, allow_redirects=False)


class _Transport(AIOHTTPSession):  # type: ignore[misc] # aiobotocore has no types
    async def _get_session(self, proxy_url: str | None) -> _Straight:
        return _Straight(await super()._get_session(proxy_url))


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
            http_session_cls=_Transport,
            connect_timeout=10,
            read_timeout=config.timeout_seconds,
            max_pool_connections=config.max_connections,
            retries={"mode": "standard", "total_max_attempts": 1},
            request_checksum_calculation="when_required",
            s3={"addressing_style": addressing},
        )
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
        page = operation not in READING and is_page(answer["ResponseMetadata"]["HTTPHeaders"])
        if page or (promised is not None and promised not in answer):
            if (body := answer.get("Body")) is not None:
                body.close()
            raise TryLater(f"{self._config.title}: {operation} answered with something that is not S3's")
        return answer

    async def _connected(self) -> Any:
        async with self._opening:
            if self._client is None:
                self._client = await self._open.enter_async_context(self._new())
                self._client.meta.events.register("before-call.s3", _stay)
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
        async with self._config.account.turn():
            try:
                yield
            except ClientError as error:
                raise meaning(self._config, operation, error) from None
            except BROKEN as error:
                raise TryLater(f"{self._config.title}: {operation} failed: {type(error).__name__}") from None
            except BotoCoreError as error:
                raise wrong(self._config, f"{operation} could not be sent: {type(error).__name__}") from None


def _stay(context: dict[str, Any], **_: Any) -> None:
    """Tell botocore that it has followed a bucket to another region already: it would go where any answer points."""
    context.setdefault("s3_redirect", {})["redirected"] = True
