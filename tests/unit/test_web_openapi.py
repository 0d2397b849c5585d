"""The description of the interface is true: each route is in it, and it holds nothing else."""

import re

import pytest
from aiohttp import web
from openapi_spec_validator import validate

from tests.unit.web_rig import CONTROLLER, PUBLIC_URL, SECRET, FakeDesk, door
from web.app import build
from web.codec import Codec
from web.openapi import document
from web.problems import KINDS


async def decode(body: bytes) -> bytes:
    return body


def routes(codec: Codec | None) -> set[tuple[str, str]]:
    app = build(FakeDesk(), controller=CONTROLLER, public_url=PUBLIC_URL, webhook_secrets=[SECRET], codec=codec)
    return {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource and route.method != "HEAD"
    }


@pytest.mark.parametrize("codec", [None, Codec(decode=decode, origin="http://localhost:8233")])
def test_every_route_is_described_and_every_description_is_a_route(codec: Codec | None) -> None:
    """With and without the codec."""
    described = document(PUBLIC_URL, codec=codec is not None)["paths"]

    assert {(m, path) for path, item in described.items() for m in item if m != "parameters"} == routes(codec)


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
    for path, item in document(PUBLIC_URL, codec=True)["paths"].items():
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
