"""The payload codec by itself: whose key seals what, and what it refuses."""

import base64
import json
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import ActivitySerializationContext, SerializationContext, WorkflowSerializationContext
from temporalio.exceptions import ApplicationError

from vault.codec import NotSealed, VaultCodec, data_converter, decode_payloads, owner_of
from vault.keys import KeyDestroyed, KeyRing, NoKey
from vault.store import DiskStore

PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"personal"')


def of_workflow(workflow_id: str) -> SerializationContext:
    return WorkflowSerializationContext(namespace="default", workflow_id=workflow_id)


def of_activity(workflow_id: str) -> SerializationContext:
    return ActivitySerializationContext(
        namespace="default",
        activity_id="1",
        activity_type="work",
        activity_task_queue="q",
        workflow_id=workflow_id,
        workflow_type="W",
        is_local=False,
    )


@pytest.fixture
async def keys(tmp_path: Path) -> KeyRing:
    ring = KeyRing(DiskStore(tmp_path, durable=False), {"m1": bytes(32)}, "m1")
    for owner in ("request-1", "request-2", "hold-1"):
        await ring.create(owner)
    return ring


@pytest.mark.parametrize(
    ("workflow_id", "owner"),
    [
        ("request-1", "request-1"),
        ("hold-1", "hold-1"),
        ("sweep", "engine"),
        ("my-request-1", "engine"),
        (None, "engine"),
    ],
)
def test_requests_and_holds_have_a_key_each_and_the_rest_share_one(workflow_id: str | None, owner: str) -> None:
    """Only what is forgotten by itself needs a key of its own."""
    assert owner_of(workflow_id) == owner


@pytest.mark.parametrize("context", [of_workflow("request-1"), of_activity("request-1")])
async def test_a_payload_is_sealed_for_its_workflow_and_comes_back_whole(
    keys: KeyRing, context: SerializationContext
) -> None:
    """Data and metadata: both are inside."""
    codec = VaultCodec(keys).with_context(context)

    [sealed] = await codec.encode([PLAIN])

    assert dict(sealed.metadata) == {"encoding": b"binary/habeas", "habeas-key": b"request-1"}
    assert b"personal" not in sealed.SerializeToString()
    assert await codec.decode([sealed]) == [PLAIN]
    assert await VaultCodec(keys).decode([sealed]) == [PLAIN]


async def test_the_key_of_the_engine_is_made_when_it_is_first_needed(keys: KeyRing) -> None:
    """It belongs to nobody, so nobody else creates it."""
    codec = VaultCodec(keys).with_context(of_workflow("sweep"))

    [sealed] = await codec.encode([PLAIN])

    assert sealed.metadata["habeas-key"] == b"engine"
    assert await VaultCodec(keys).decode([sealed]) == [PLAIN]


@pytest.mark.parametrize("receiver", ["request-2", "sweep"])
async def test_a_payload_of_another_workflow_is_refused(keys: KeyRing, receiver: str) -> None:
    """Even though its key is at hand: whoever can write histories must not mix them."""
    [sealed] = await VaultCodec(keys).with_context(of_workflow("request-1")).encode([PLAIN])

    with pytest.raises(NotSealed):
        await VaultCodec(keys).with_context(of_workflow(receiver)).decode([sealed])


async def test_a_payload_relabelled_for_another_owner_does_not_open(keys: KeyRing) -> None:
    """The owner is bound into the ciphertext."""
    [sealed] = await VaultCodec(keys).with_context(of_workflow("request-1")).encode([PLAIN])
    sealed.metadata["habeas-key"] = b"request-2"

    with pytest.raises(NotSealed):
        await VaultCodec(keys).with_context(of_workflow("request-2")).decode([sealed])


@pytest.mark.parametrize(
    "payload",
    [
        PLAIN,
        Payload(),
        Payload(metadata={"encoding": b"binary/null"}),
        Payload(metadata={"encoding": b"binary/encrypted", "habeas-key": b"request-1"}, data=b"x" * 40),
        Payload(metadata={"encoding": b"binary/habeas", "habeas-key": b"request-1"}, data=b"x" * 40),
        Payload(metadata={"encoding": b"binary/habeas", "habeas-key": b"request-1"}, data=b""),
        Payload(metadata={"encoding": b"binary/habeas", "habeas-key": b"../request-1"}, data=b"x" * 40),
        Payload(metadata={"encoding": b"binary/habeas"}, data=b"x" * 40),
    ],
)
@pytest.mark.parametrize("context", [of_workflow("request-1"), None])
async def test_nothing_that_was_not_sealed_here_passes(
    keys: KeyRing, payload: Payload, context: SerializationContext | None
) -> None:
    """In clear, empty, of another codec, altered, or of an impossible owner: refused, and not shown in the refusal."""
    codec = VaultCodec(keys).with_context(context) if context else VaultCodec(keys)

    with pytest.raises(NotSealed) as refused:
        await codec.decode([payload])

    assert "personal" not in str(refused.value)


async def test_without_its_key_nothing_is_sealed_and_nothing_opens(keys: KeyRing) -> None:
    """Never another key, never in clear."""
    codec = VaultCodec(keys).with_context(of_workflow("request-1"))
    [sealed] = await codec.encode([PLAIN])

    await keys.destroy("request-1")

    with pytest.raises(KeyDestroyed):
        await codec.decode([sealed])
    with pytest.raises(KeyDestroyed):
        await codec.encode([PLAIN])
    with pytest.raises(NoKey):
        await VaultCodec(keys).with_context(of_workflow("request-9")).encode([PLAIN])


async def test_a_failure_shows_neither_message_nor_stack_nor_details(keys: KeyRing) -> None:
    """The converter seals them as attributes of the failure."""
    converter = data_converter(keys).with_context(of_workflow("request-1"))
    failure = Failure()

    await converter.encode_failure(ApplicationError("personal", "personal too"), failure)

    assert b"personal" not in failure.SerializeToString()
    assert "personal" in str(await converter.decode_failure(failure))


async def test_the_endpoint_opens_what_was_sealed_and_returns_the_rest_as_it_came(keys: KeyRing) -> None:
    """The remote codec protocol of the UI: base64 in JSON, one answer for each payload, in order."""
    [sealed] = await VaultCodec(keys).with_context(of_workflow("request-1")).encode([PLAIN])
    [forgotten] = await VaultCodec(keys).with_context(of_workflow("hold-1")).encode([PLAIN])
    await keys.destroy("hold-1")

    answer = json.loads(await decode_payloads(keys, request(sealed, PLAIN, forgotten)))

    data = [base64.b64decode(payload["data"]) for payload in answer["payloads"]]
    assert data == [b'"personal"', b'"personal"', b'"forgotten: the key of hold-1 was destroyed"']
    assert answer["payloads"][0]["metadata"] == {"encoding": base64.b64encode(b"json/plain").decode()}


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff", b'{"payloads": [1]}', b'{"payload": []}'])
async def test_the_endpoint_refuses_what_is_not_the_protocol(keys: KeyRing, body: bytes) -> None:
    """One error, for the web to answer with 400."""
    with pytest.raises(NotSealed):
        await decode_payloads(keys, body)


def request(*payloads: Payload) -> bytes:
    entries = [
        {
            "metadata": {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()},
            "data": base64.b64encode(payload.data).decode(),
        }
        for payload in payloads
    ]
    return json.dumps({"payloads": entries}).encode()
