"""Another site sends our forms from the person's browser, frames our pages, or reads what it should not."""

import re
from urllib.parse import urlencode

import pytest
from aiohttp import web

from dsar.requests import Right
from tests.attacks.threats import Threat, against
from tests.unit.person_rig import FORM, POLICY, Visitor, visiting
from tests.unit.web_rig import REQUEST_ID, SECRET, FakeDesk
from web.app import build

CHANGING = {"submit", "confirm", "send_another_code", "cancel", "prove", "collect"}
"""What the desk is asked only for a form of ours."""
READ_ONLY = {"/privacy", "/privacy/details", "/privacy/review", "/privacy/find", "/privacy/sent"}
"""Forms that lead from page to page: nothing follows from them."""


def acting_forms() -> list[str]:
    """Every address below /privacy that takes a form from which something follows."""
    app = build(
        FakeDesk(), controller=POLICY.controller, public_url="http://x", webhook_secrets=[SECRET], policy=POLICY
    )  # fmt: skip
    routes = [route for route in app.router.routes() if route.method == "POST" and route.resource]
    paths = {route.resource.canonical for route in routes if isinstance(route.resource, web.Resource)}
    return sorted(path for path in paths if path.startswith("/privacy") and path not in READ_ONLY)


FILLED = {
    "right": Right.ACCESS.value, "email": "canary@person.test", "code": "123456", "form_id": "x", "analytics": "yes",
    "statement": "no", "customer_id": "42", "name": "Ada", "yes": "yes",
}  # fmt: skip


async def sent(visitor: Visitor, path: str, token: str = "", **headers: str) -> int:
    body = urlencode({**FILLED, "form_token": token}).encode()
    place = path.replace("{request_id}", REQUEST_ID)
    page = await visitor.ask("POST", place, data=body, headers={"Content-Type": FORM, **headers}, follow=False)
    return page.status


async def token_of(visitor: Visitor) -> str:
    page = await visitor.ask("GET", f"/privacy/requests/{REQUEST_ID}/cancel")
    return page.value("form_token")[0]


@against(Threat.FORGED_FORM)
@pytest.mark.parametrize("path", acting_forms())
@pytest.mark.parametrize("how", ["no token", "a token of another browser", "another site", "the token in the address"])
async def test_a_form_that_is_not_ours_does_nothing(path: str, how: str) -> None:
    """Whichever form, by whichever trick: nobody at the desk hears of it, and the person is asked to press again."""
    desk = FakeDesk()
    async with visiting(desk, policy=POLICY) as visitor, visiting(desk, policy=POLICY) as other:
        own, others = await token_of(visitor), await token_of(other)
        desk.calls.clear()
        match how:
            case "no token":
                status = await sent(visitor, path)
            case "a token of another browser":
                status = await sent(visitor, path, others)
            case "another site":
                status = await sent(visitor, path, own, **{"Sec-Fetch-Site": "cross-site"})
            case _:
                status = await sent(visitor, f"{path}?form_token={own}")

    assert not {call.split()[0] for call in desk.calls} & CHANGING
    assert status in {303, 403, 404, 422}


@against(Threat.FORGED_FORM)
@pytest.mark.parametrize("path", ["/privacy", "/privacy/opt-out", f"/privacy/requests/{REQUEST_ID}", "/privacy/find"])
async def test_our_pages_run_nothing_and_are_framed_by_nobody(path: str) -> None:
    """No script, no style of elsewhere, no form to elsewhere; the cookie is for https, for us, and for no script."""
    async with visiting(FakeDesk(), policy=POLICY, public_url="https://rights.example.test") as visitor:
        page = await visitor.open(path)

    csp = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    cookie = page.headers["Set-Cookie"].lower()
    assert csp["default-src"] == csp["frame-ancestors"] == csp["base-uri"] == "'none'"
    assert csp["form-action"] == csp["style-src"] == "'self'"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert cookie.startswith("__host-form=")
    assert all(flag in cookie for flag in ("secure", "httponly", "samesite=strict", "path=/"))
    assert "domain=" not in cookie
    assert not re.search(r"<script|\son\w+=|javascript:|style=", page.html.lower())
    assert (page.headers["X-Frame-Options"], page.headers["Referrer-Policy"]) == ("DENY", "no-referrer")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Strict-Transport-Security"]
