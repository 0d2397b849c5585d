"""What the connector asks and what the stand-in answers, both held against AWS's own model of S3 (in botocore)."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import web
from botocore.session import get_session as get_blocking_session
from botocore.utils import parse_timestamp

from connectors.connector import ConnectorError
from connectors.s3 import S3
from standins.s3 import app
from standins.s3_store import ACCESS_KEY
from standins.serving import serving
from tests.contract.acts import download, locate
from tests.contract.rig import Fault
from tests.contract.rigs.s3 import BUCKET, config
from tests.contract.test_s3 import ME

MODEL = get_blocking_session().get_service_model("s3")

OF_HTTP = frozenset(
    {
        "accept-ranges",
        "content-length",
        "content-type",
        "date",
        "location",
        "retry-after",
        "server",
        "transfer-encoding",
    }
)
SIGNING = ("x-amz-date", "x-amz-content-sha256", "x-amz-checksum-", "x-amz-sdk-checksum-algorithm", "amz-sdk-")
BY_CONNECTOR = {
    "ListObjectVersions",
    "GetObjectLockConfiguration",
    "HeadObject",
    "GetObject",
    "GetObjectTagging",
    "PutObjectTagging",
    "DeleteObjectTagging",
    "DeleteObjects",
    "DeleteObject",
    "ListMultipartUploads",
    "ListParts",
    "AbortMultipartUpload",
    "GetBucketReplication",
}
BY_TESTS = {
    "CreateBucket",
    "PutBucketVersioning",
    "PutObject",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "CreateMultipartUpload",
    "UploadPart",
}
COPIED = [{"bucket": "arn:aws:s3:::studio-copy", "account": "123456789012"}]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int
    answer_headers: dict[str, str]
    answer: bytes

    @property
    def operation(self) -> Any:
        """The operation of the model that this is a request of: the only one whose demands it fulfils."""
        has_key = self.path.strip("/").count("/") > 0
        fitting = [op for op in map(MODEL.operation_model, MODEL.operation_names) if self._fits(op, has_key=has_key)]
        most = max(len(_asked(op)) for op in fitting)
        (found,) = (op for op in fitting if len(_asked(op)) == most)
        return found

    def _fits(self, op: Any, *, has_key: bool) -> bool:
        shape = op.input_shape
        demanded = [shape.members[name].serialization for name in shape.required_members] if shape else []
        return (
            op.http["method"] == self.method
            and op.http["requestUri"].partition("?")[0] == ("/{Bucket}/{Key+}" if has_key else "/{Bucket}")
            and _fixed(op) <= self.query.keys()
            and all(each["name"].lower() in self.headers for each in demanded if each.get("location") == "header")
            and all(each["name"] in self.query for each in demanded if each.get("location") == "querystring")
        )


def recording(application: web.Application) -> list[Exchange]:
    """Keep what passes between a client and the stand-in."""
    exchanges: list[Exchange] = []

    @web.middleware
    async def record(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        body = await request.read()
        response = await handler(request)
        if "/_control/" not in request.path:
            content = response.body if isinstance(response, web.Response) else b""
            exchanges.append(
                Exchange(
                    method=request.method,
                    path=request.path,
                    query=dict(parse_qsl(request.query_string, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in request.headers.items()},
                    body=body,
                    status=response.status,
                    answer_headers={name.lower(): value for name, value in response.headers.items()},
                    answer=content if isinstance(content, bytes) else b"",
                )
            )
        return response

    application.middlewares.insert(0, record)
    return exchanges


def _fixed(op: Any) -> set[str]:
    return set(dict(parse_qsl(op.http["requestUri"].partition("?")[2], keep_blank_values=True)))


def _asked(op: Any) -> set[str]:
    """What the query of this operation has to have: of two that fit, the one that demands more is meant."""
    members = [op.input_shape.members[name].serialization for name in op.input_shape.required_members]
    return _fixed(op) | {each["name"] for each in members if each.get("location") == "querystring"}


def _in(shape: Any, location: str) -> set[str]:
    members = shape.members.values() if shape else ()
    return {m.serialization["name"].lower() for m in members if m.serialization.get("location") == location}


def _document(shape: Any) -> Any:
    """The shape of the XML: the payload if one is declared, else the members that are not elsewhere."""
    payload = shape.serialization.get("payload") if shape else None
    return shape.members[payload] if payload else shape


def strange_request(exchange: Exchange) -> Iterator[str]:
    """What a request holds that the model does not know, or lacks that it demands."""
    op = exchange.operation
    known = {name.lower() for name in _fixed(op)} | _in(op.input_shape, "querystring")
    yield from (f"{op.name}: query {name}" for name in exchange.query if name.lower() not in known)
    headers = [name for name in exchange.headers if name.startswith("x-amz-") and not name.startswith(SIGNING)]
    prefixes = tuple(_in(op.input_shape, "headers"))
    yield from (
        f"{op.name}: header {name}"
        for name in headers
        if name not in _in(op.input_shape, "header") and not name.startswith(prefixes or ("\n",))
    )
    checksum = any(name == "content-md5" or name.startswith("x-amz-checksum-") for name in exchange.headers)
    if (op.http_checksum or {}).get("requestChecksumRequired") and not checksum:
        yield f"{op.name}: no checksum"
    if exchange.body and _document(op.input_shape).type_name == "structure":
        yield from strange_xml(exchange.body, _document(op.input_shape), op.name)


def strange_answer(exchange: Exchange) -> Iterator[str]:
    """What an answer holds that the model does not know."""
    op = exchange.operation
    if exchange.status >= 300:
        yield from _strange_error(exchange, op)
        return
    if exchange.status != op.http.get("responseCode", 200):
        yield f"{op.name}: status {exchange.status}"
    prefixes = tuple(_in(op.output_shape, "headers"))
    known = _in(op.output_shape, "header") | OF_HTTP
    yield from (
        f"{op.name}: header {name}"
        for name in exchange.answer_headers
        if name not in known and not name.startswith(prefixes or ("\n",))
    )
    shape = _document(op.output_shape)
    if exchange.answer and op.name not in {"GetObject", "HeadObject"}:
        yield from strange_xml(exchange.answer, shape, op.name)


def _strange_error(exchange: Exchange, op: Any) -> Iterator[str]:
    document = ET.fromstring(exchange.answer)  # noqa: S314 - the stand-in's own words
    if document.tag != "Error" or not {"Code", "Message"} <= {child.tag for child in document}:
        yield f"{op.name}: {exchange.status} without an error document"


def strange_xml(body: bytes, shape: Any, path: str) -> Iterator[str]:
    """Elements of a document that its shape does not have, and values that its types do not allow."""
    yield from _strange_members(ET.fromstring(body), shape, path)  # noqa: S314 - from this test's own parties


def _strange_members(element: ET.Element, shape: Any, path: str) -> Iterator[str]:
    known = {_element_name(name, m): m for name, m in shape.members.items() if "location" not in m.serialization}
    for child in element:
        name = child.tag.rpartition("}")[2]
        if name in known:
            yield from _strange_value(child, known[name], f"{path}.{name}")
        else:
            yield f"{path}: element {name}"


def _element_name(name: str, member: Any) -> str:
    if member.serialization.get("flattened"):
        return str(member.serialization.get("name") or member.member.serialization.get("name") or name)
    return str(member.serialization.get("name", name))


def _strange_value(element: ET.Element, shape: Any, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            yield from _strange_members(element, shape, path)
        case "list" if shape.serialization.get("flattened"):
            yield from _strange_value(element, shape.member, path)
        case "list":
            wanted = shape.member.serialization.get("name", "member")
            for child in element:
                if child.tag.rpartition("}")[2] != wanted:
                    yield f"{path}: element {child.tag}"
                yield from _strange_value(child, shape.member, f"{path}.{wanted}")
        case "timestamp":
            parse_timestamp(element.text)
        case "integer" | "long":
            int(element.text or "")
        case "boolean" if element.text not in {"true", "false"}:
            yield f"{path}: {element.text}"
        case "string" if getattr(shape, "enum", None) and element.text not in shape.enum:
            yield f"{path}: {element.text}"


@asynccontextmanager
async def client(address: str) -> Any:
    """Another client than the connector's, for what the connector never does."""
    async with get_session().create_client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key="anything",
        config=AioConfig(s3={"addressing_style": "path"}),
    ) as opened:
        yield opened


async def _planted(address: str) -> None:
    until = datetime.now(UTC) + timedelta(days=2)
    async with client(address) as s3:
        await s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        await s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for key in ("a", "b c", "d", "e\x01"):
            put = {"Bucket": BUCKET, "Key": f"clients/42/{key}"}
            await s3.put_object(**put, Body=b"\xff", ContentType="image/png", Metadata={"by": "me"}, Tagging="t=1")
            await s3.put_object(**put, Body=b"text")
        await s3.delete_object(Bucket=BUCKET, Key="clients/42/a")
        await s3.put_object_legal_hold(Bucket=BUCKET, Key="clients/42/b c", LegalHold={"Status": "ON"})
        retention = {"Mode": "GOVERNANCE", "RetainUntilDate": until}
        await s3.put_object_retention(Bucket=BUCKET, Key="clients/42/d", Retention=retention)
        await s3.create_bucket(Bucket="plain")
        for key in ("b c", "d", "e"):
            begun = await s3.create_multipart_upload(Bucket="plain", Key=f"clients/42/{key}")
            await s3.upload_part(
                Bucket="plain", Key=f"clients/42/{key}", UploadId=begun["UploadId"], PartNumber=1, Body=b"x" * 9
            )


async def _whole_life(address: str) -> None:
    """Everything the connector can do, done to every kind of record."""
    everywhere = tuple({"name": name, "prefixes": ["clients/{customer_id}/"]} for name in (BUCKET, "plain"))
    connector = S3(config(address, buckets=everywhere, page_size=2))
    records = await locate(connector, ME)
    await download(connector, await connector.export(records))
    for act in (connector.restrict, connector.restore, connector.erase, connector.erase, connector.check):
        await act(records)
    await connector.export(records)
    await connector.close()


async def test_requests_and_answers_are_those_of_the_model() -> None:
    """Every member, header, status and value is one that AWS describes, in both directions, for every operation."""
    application = app()
    exchanges = recording(application)

    async with serving(application) as address:
        await _planted(address)
        async with aiohttp.ClientSession(address) as control:
            state = await (await control.get("/_control/state")).json()
            state["buckets"][BUCKET]["replication"] = COPIED
            await control.put("/_control/state", json=state)
        await _whole_life(address)

    assert {exchange.operation.name for exchange in exchanges} == BY_CONNECTOR | BY_TESTS
    assert _all(strange_request, exchanges) == set()
    assert _all(strange_answer, exchanges) == set()


@pytest.mark.parametrize("kind", [Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN])
async def test_failures_are_told_in_s3s_error_document(kind: str) -> None:
    """With a code and a message, as S3's REST errors are."""
    application = app({"buckets": {BUCKET: {}}})
    exchanges = recording(application)

    async with serving(application) as address, aiohttp.ClientSession(address) as control:
        await control.post("/_control/faults", json={"kind": kind})
        connector = S3(config(address))
        with pytest.raises(ConnectorError):
            await locate(connector, ME)
        await connector.close()

    assert [exchange.status >= 400 for exchange in exchanges] == [True]
    assert _all(strange_answer, exchanges) == set()


def _all(check: Callable[[Exchange], Iterator[str]], exchanges: Iterable[Exchange]) -> set[str]:
    return {each for exchange in exchanges for each in check(exchange)}


def test_the_check_itself_sees_what_is_strange() -> None:
    """A document with a made-up element, a wrong number, a wrong word: each is told."""
    shape = MODEL.operation_model("ListObjectVersions").output_shape
    body = b"<R><IsTruncated>yes</IsTruncated><Version><Sise>1</Sise></Version><EncodingType>xml</EncodingType></R>"

    found = set(strange_xml(body, shape, "R"))

    assert found == {"R.IsTruncated: yes", "R.Version: element Sise", "R.EncodingType: xml"}
