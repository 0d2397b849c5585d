"""What keeps personal data out of Temporal's histories: every payload is sealed under the key of its workflow.

A payload becomes `{"encoding": "binary/habeas", "habeas-key": <owner>}` with nonce (12 bytes) and AES-256-GCM of the
payload as data, bound to the owner. The owner is the workflow's id where that is a request, a hold or a question about
a mail, which each have a key of their own and are forgotten with it; every other workflow shares the `engine`'s key.

It fails closed: nothing in clear is taken for genuine, and what cannot be sealed is not sent. So a workflow cannot
destroy its own key: it could neither report that it did, nor be replayed. That is the work of another workflow,
once this one is closed.
"""

import dataclasses
import json
import os
from collections import OrderedDict
from collections.abc import Sequence
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from vault.keys import CACHE_OWNERS, KeyDestroyed, KeyRing, NoKey
from vault.objects import BadName
from vault.sealed import derive

ENGINE = "engine"
"""The owner of what belongs to no request: schedules, sweeps."""
OWN_KEY = ("request-", "hold-", "mail-")
"""Workflows whose ids start with one of these have a key of their own, created before they are started."""

_ENCODING = b"binary/habeas"
_KEY_FIELD = "habeas-key"
_NONCE_BYTES = 12


class NotSealed(ValueError):
    """A payload that this codec did not seal, or that was altered or belongs to another workflow. Never shows it."""


def owner_of(workflow_id: str | None) -> str:
    """Whose key seals the payloads of this workflow."""
    return workflow_id if workflow_id and workflow_id.startswith(OWN_KEY) else ENGINE


class VaultCodec(PayloadCodec, WithSerializationContext):
    """Seals payloads on their way to the engine, and opens them on their way back.

    The SDK names the workflow that a payload belongs to: a child's input and result are the child's, a signal is its
    receiver's, an activity's are its workflow's.
    """

    def __init__(self, keys: KeyRing, owner: str | None = None) -> None:
        self._keys = keys
        self._owner = owner
        self._made: tuple[bytes, AESGCM] | None = None

    def with_context(self, context: SerializationContext) -> Self:
        """The codec for one workflow's payloads."""
        if isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return type(self)(self._keys, owner_of(context.workflow_id))
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal payloads; without a context, for the engine.

        Raises:
            KeyUnavailable: the owner has no key, or no longer.
        """
        owner = self._owner or ENGINE
        try:
            cipher = await self._cipher(owner)
        except NoKey:
            if owner != ENGINE:
                raise
            await self._keys.create(ENGINE)
            cipher = await self._cipher(ENGINE)
        return [_sealed(cipher, owner, payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open payloads; in a context, only those of its owner.

        Raises:
            KeyUnavailable: the owner has no key, or no longer.
            NotSealed: a payload is not what this codec made for this owner.
        """
        return [await self._open(payload) for payload in payloads]

    async def _open(self, payload: Payload) -> Payload:
        owner = _owner_in(payload)
        if owner is None:
            raise NotSealed("a payload came in clear, or sealed by something else")
        if self._owner is not None and owner != self._owner:
            raise NotSealed(f"a payload of another workflow came to {self._owner}")
        try:
            cipher = await self._cipher(owner)
        except BadName:
            raise NotSealed("a payload names an owner that cannot be") from None
        return _opened(cipher, owner, payload)

    async def _cipher(self, owner: str) -> AESGCM:
        """The cipher of an owner, derived anew when the key is another one than last time."""
        key = await self._keys.get(owner)  # asked each time: it says when the owner is forgotten
        if self._made is None or self._made[0] is not key:
            self._made = key, AESGCM(derive(key, b"habeas payload 1"))
        return self._made[1]


class _OneConverter(PydanticPayloadConverter):
    """The SDK makes a converter anew for each activation of a workflow; it holds nothing, so one does for all."""

    _made: Self | None = None

    def __new__(cls) -> Self:
        """The one."""
        if cls._made is None:
            cls._made = super().__new__(cls)
        return cls._made

    def __init__(self) -> None:
        if not hasattr(self, "converters"):
            super().__init__()


@dataclasses.dataclass(frozen=True)
class _Sealing(DataConverter):
    """The SDK asks for a converter anew for each payload's context; only the owner in it makes a difference."""

    _known: OrderedDict[str, Self] = dataclasses.field(default_factory=OrderedDict, repr=False, compare=False)

    def with_context(self, context: SerializationContext) -> Self:
        """The converter for one workflow's payloads."""
        if not isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return self
        owner = owner_of(context.workflow_id)
        if owner not in self._known:
            self._known[owner] = super().with_context(context)
            if len(self._known) > CACHE_OWNERS:
                self._known.popitem(last=False)
        return self._known[owner]


def data_converter(keys: KeyRing) -> DataConverter:
    """Pydantic models to JSON to ciphertext, failures' messages and stack traces included.

    The one converter of worker, client, web and tests.
    """
    return _Sealing(
        payload_converter_class=_OneConverter,
        payload_codec=VaultCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def decode_payloads(keys: KeyRing, body: bytes) -> bytes:
    """Answer `POST /decode` of Temporal's remote codec protocol, for the UI and the `temporal` command.

    Body and answer are JSON: `{"payloads": [{"metadata": {"encoding": <base64>}, "data": <base64>}]}`. What was not
    sealed here goes back as it came (the engine's own markers); of a forgotten owner, a sentence says that it is.

    Raises:
        NotSealed: the body is not such JSON, or a sealed payload was altered.
        NoKey, MasterMissing: a payload is sealed by a key that is not there.
    """
    payloads = Payloads()
    try:
        json_format.Parse(body, payloads)
    except (json_format.ParseError, UnicodeDecodeError):
        raise NotSealed("the body is not JSON of the remote codec protocol") from None
    codec = VaultCodec(keys)
    shown = Payloads(payloads=[await _shown(codec, payload) for payload in payloads.payloads])
    return json_format.MessageToJson(shown, indent=None).encode()


async def _shown(codec: VaultCodec, payload: Payload) -> Payload:
    owner = _owner_in(payload)
    if owner is None:
        return payload
    try:
        [opened] = await codec.decode([payload])
    except KeyDestroyed:
        text = json.dumps(f"forgotten: the key of {owner} was destroyed")
        return Payload(metadata={"encoding": b"json/plain"}, data=text.encode())
    return opened


def _owner_in(payload: Payload) -> str | None:
    """The owner that a payload says it is sealed for; `None` when this codec did not make it."""
    if payload.metadata.get("encoding") != _ENCODING:
        return None
    return payload.metadata.get(_KEY_FIELD, b"").decode("ascii", "replace")


def _sealed(cipher: AESGCM, owner: str, payload: Payload) -> Payload:
    nonce = os.urandom(_NONCE_BYTES)
    data = nonce + cipher.encrypt(nonce, payload.SerializeToString(), owner.encode())
    return Payload(metadata={"encoding": _ENCODING, _KEY_FIELD: owner.encode()}, data=data)


def _opened(cipher: AESGCM, owner: str, payload: Payload) -> Payload:
    nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
    try:
        return Payload.FromString(cipher.decrypt(nonce, sealed, owner.encode()))
    except (InvalidTag, ValueError, DecodeError):
        raise NotSealed(f"a payload of {owner} does not open") from None
