"""What is said to Figma, Stripe and Klaviyo, and what our stand-ins answer, as Prism judges it.

Prism, a validator of other people's, stands between connector and stand-in with the vendor's own description in hand,
and writes down every request and every answer that is not as described. Our own comparison (the conformance tests
of the contract) reads the same descriptions; it is not asked here.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.connector import Ability
from standins.serving import serving
from tests.contract.acts import FIELDS, download, instead, locate, walk
from tests.contract.described import FOLDER
from tests.contract.npm_specs import npm_file
from tests.contract.people import ADA, CORRECT, DIFFICULT
from tests.contract.played import Played
from tests.contract.rigs.figma import FigmaRig
from tests.contract.rigs.klaviyo import KlaviyoRig
from tests.contract.rigs.stripe import StripeRig
from tests.contract.test_figma_conformance import PACKAGE
from tests.independent.servers import free_port, in_javascript, running

pytestmark = [pytest.mark.independent, pytest.mark.timeout(600)]

VIOLATION = re.compile(r"Violation: (.+)")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Prism:
    """A proxy before a stand-in that is to be served on `upstream`."""

    address: str
    upstream: int
    log: Path

    def violations(self) -> list[str]:
        """Everything that was not as described, each once."""
        text = COLOURS.sub("", self.log.read_text(encoding="utf-8"))
        return sorted(set(VIOLATION.findall(text)))


@pytest.fixture
def prism(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Prism]:
    kind: str = request.param
    described = npm_file(PACKAGE, "openapi/openapi.yaml") if kind == "figma" else _untrimmed(kind, tmp_path)
    port, upstream = free_port(), free_port()
    command = [in_javascript("prism"), "proxy", str(described), f"http://127.0.0.1:{upstream}", "--port", str(port)]
    with running(command, port, tmp_path) as address:
        yield Prism(address, upstream, tmp_path / "server.log")


def _untrimmed(kind: str, folder: Path) -> Path:
    """The description of ours that has lost its words: Prism overlooks an answer that has none."""
    (trimmed,) = FOLDER.glob(f"{kind}-*.json")
    description = json.loads(trimmed.read_text(encoding="utf-8"))
    for operations in description["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                answer.setdefault("description", "an answer")
    described = folder / trimmed.name
    described.write_text(json.dumps(description), encoding="utf-8")
    return described


class _Through(Played):
    """A rig whose connector reaches its stand-in through Prism alone."""

    prism: Prism

    @asynccontextmanager
    async def playing(self, application: web.Application) -> AsyncIterator[str]:
        async with (
            serving(application, port=self.prism.upstream) as address,
            aiohttp.ClientSession(address) as self.control,
        ):
            yield self.prism.address


class _Figma(_Through, FigmaRig):
    def __init__(self, prism: Prism) -> None:
        self.prism = prism
        # SCIM is described elsewhere: it does not go through Prism.
        super().__init__(scim_url=f"http://127.0.0.1:{prism.upstream}/scim/v2", timeout_seconds=30)


class _Stripe(_Through, StripeRig):
    def __init__(self, prism: Prism) -> None:
        self.prism = prism
        super().__init__(timeout_seconds=30)


class _Klaviyo(_Through, KlaviyoRig):
    def __init__(self, prism: Prism) -> None:
        self.prism = prism
        super().__init__(timeout_seconds=30)


RIGS: dict[str, Any] = {"figma": _Figma, "stripe": _Stripe, "klaviyo": _Klaviyo}

NOT_SENT = "Request query parameter {} must have required property '{}'"
KNOWN: dict[str, list[str]] = {
    "figma": [],
    "stripe": [  # Prism takes an object that may be left out, and was, for an empty one
        f"request.query.automatic_tax {NOT_SENT.format('automatic_tax', 'enabled')}",
        f"request.query.customer_details {NOT_SENT.format('customer_details', 'email')}",
    ],
    "klaviyo": [],
}
"""What Prism complains of without cause."""

MISTAKES = {
    "figma": "/v1/activity_logs?limit=many",
    "stripe": "/v1/customers?limit=many",
    "klaviyo": "/api/profiles?page[size]=many",
}


@pytest.mark.parametrize(("kind", "prism"), [(kind, kind) for kind in RIGS], indirect=["prism"])
async def test_prism_finds_every_request_and_every_answer_as_described(kind: str, prism: Prism) -> None:
    """People are found, exported, corrected, withheld, erased and looked for again: nothing else is said than known."""
    rig = RIGS[kind](prism)

    async with rig.start():
        for who in (ADA, DIFFICULT[0]):
            await rig.seed(who, 4)
            await _all_of_it(rig.connector, await locate(rig.connector, who))
        found = prism.violations()
        async with aiohttp.ClientSession(prism.address) as client, client.get(MISTAKES[kind]):
            pass

    assert found == KNOWN[kind]
    assert set(prism.violations()) > set(found)  # a mistake would be seen


async def _all_of_it(connector: Any, records: list[Any]) -> None:
    assert records
    await download(connector, await connector.export(records))
    if Ability.RECTIFY in connector.can:
        held = [values or {} for values in await connector.values(records, FIELDS)]
        await connector.rectify(records, instead(held, CORRECT))
    if Ability.WALK in connector.can:
        assert await walk(connector)
    for ability in (Ability.SUPPRESS, Ability.RESTRICT):
        if ability in connector.can:
            await getattr(connector, ability)(records)
            await connector.restore(records)
    await connector.erase(records)
    await connector.check(records)
