"""The description of the interface is true: each route is in it, and it holds nothing else."""

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from openapi_spec_validator import validate

from dsar.policy import Policy, Promise
from dsar.requests import Right
from ledger.ledger import Ledger
from tests.unit.drp_rig import SETTINGS as DRP
from tests.unit.opendsr_rig import opendsr_door
from tests.unit.person_rig import POLICY
from tests.unit.served_rig import everything
from tests.unit.staff_rig import ACCOUNTS, Office
from tests.unit.web_rig import CONTROLLER, PUBLIC_URL, SECRET, FakeDesk, door
from web.app import build
from web.codec import Codec
from web.doors import Door as ProtocolDoor
from web.drp.door import DrpDoor
from web.openapi import document
from web.person.described import described
from web.problems import KINDS
from web.staff.pages import StaffPages


async def decode(body: bytes) -> bytes:
    return body


CODEC = Codec(decode=decode, origin="http://localhost:8233")
WITHOUT_OPT_OUT = POLICY.model_copy(update={"rights": {Right.DELETE: Promise()}})


def routes(app: web.Application) -> set[tuple[str, str]]:
    """What the router serves."""
    return {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource and route.method != "HEAD"
    }


def operations(content: dict[str, Any]) -> set[tuple[str, str]]:
    """What a description describes."""
    return {(method, path) for path, item in content["paths"].items() for method in item if method != "parameters"}


@pytest.mark.parametrize("staff", [False, True])
@pytest.mark.parametrize("partners", [False, True])
@pytest.mark.parametrize("policy", [None, POLICY, WITHOUT_OPT_OUT])
@pytest.mark.parametrize("codec", [None, CODEC])
def test_every_route_is_described_and_every_description_is_a_route(
    codec: Codec | None, policy: Policy | None, partners: bool, staff: bool
) -> None:
    """With each part that can be served, and without it. What is missing here belongs into `described` of its door."""
    ledger = cast("Ledger", SimpleNamespace(partners=None))
    doors: list[ProtocolDoor] = [StaffPages(Office(), POLICY, ACCOUNTS, https=True)] if staff else []
    if partners:
        doors += [opendsr_door(FakeDesk(), ledger), DrpDoor(FakeDesk(), ledger.partners, DRP, 5)]
    others = [door.described() for door in doors]
    if policy:
        others.append(described(opt_out=policy is POLICY))

    app = build(
        FakeDesk(),
        controller=CONTROLLER,
        public_url=PUBLIC_URL,
        webhook_secrets=[SECRET],
        codec=codec,
        policy=policy,
        doors=doors,
    )

    assert operations(document(PUBLIC_URL, codec=codec is not None, others=others)) == routes(app)


def test_everything_that_can_be_served_is_valid_openapi() -> None:
    """3.1, by an independent validator; no two operations have a name in common."""
    content = everything()
    names = [op["operationId"] for item in content["paths"].values() for key, op in item.items() if key != "parameters"]

    validate(content)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("codec", [False, True])
def test_it_is_valid_openapi(codec: bool) -> None:
    """3.1, by an independent validator."""
    validate(document(PUBLIC_URL, codec=codec))


async def test_it_is_served() -> None:
    """As JSON."""
    async with door(FakeDesk()) as web_door:
        answer = await web_door.get("/openapi.json")

    assert answer.json == document(PUBLIC_URL)


def test_every_parameter_of_a_path_is_declared() -> None:
    """By the same name."""
    for path, item in everything()["paths"].items():
        assert re.findall(r"{(\w+)}", path) == [p["name"] for p in item.get("parameters", [])]


def test_the_models_are_the_source_of_what_a_request_may_hold() -> None:
    """Strict in what comes in, open in what goes out."""
    schemas = document(PUBLIC_URL)["components"]["schemas"]

    assert schemas["RequestBody"]["additionalProperties"] is False
    assert schemas["RequestBody"]["properties"]["channel"]["const"] == "webhook"
    assert "additionalProperties" not in schemas["Submitted"]


@pytest.mark.parametrize("slug", KINDS)
async def test_the_type_of_a_problem_leads_to_its_explanation(slug: str) -> None:
    """A page for a person who looks it up."""
    async with door(FakeDesk()) as web_door:
        page = await web_door.get(f"/problems/{slug}")

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


async def test_an_unknown_type_of_problem_is_a_problem_of_its_own() -> None:
    """404."""
    async with door(FakeDesk()) as web_door:
        answer = await web_door.get("/problems/canary")

    assert (answer.status, answer.json["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/canary", 404), ("DELETE", "/v1/requests", 405), ("GET", "/v1/requests", 405), ("PUT", "/healthz", 405)],
)
async def test_what_is_not_served_is_a_problem_document(method: str, path: str, status: int) -> None:
    """Like every other error; a wrong method is told the right ones."""
    async with door(FakeDesk()) as web_door:
        answer = await web_door.ask(method, path)

    assert answer.status == answer.json["status"] == status
    assert (status == web.HTTPMethodNotAllowed.status_code) == ("Allow" in answer.headers)
    assert b"canary" not in answer.body
