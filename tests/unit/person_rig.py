"""Somebody with a browser without scripts: opens pages, fills forms in, presses buttons, follows redirects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from dsar.case import State
from dsar.policy import Consent, People, Policy, Promise, Terms
from dsar.requests import Right
from dsar.status import Status
from intake.desk import Confirmed
from tests.unit.web_rig import CONTROLLER, REQUEST_ID, SECRET, FakeDesk, status
from web.app import build
from web.desk import WebDesk
from web.serving import serving

FORM = "application/x-www-form-urlencoded"
POLICY = Policy(
    controller=CONTROLLER,
    terms=Terms(people=People(privacy_lead="lead@example.test", deputy="deputy@example.test")),
    rights={right: Promise() for right in Right},
    consents={"newsletter": Consent(words="sending you the newsletter"), "ai training": Consent(words="training AI")},
    categories={},
)


PAGE = f"/privacy/requests/{REQUEST_ID}"


class Telling(FakeDesk):
    """A desk whose saga says what a test wants it to say."""

    def __init__(self, **said: Any) -> None:
        super().__init__()
        self.said = said

    async def status(self, request_id: str) -> Status:
        await self._called("status")
        return status(request_id).model_copy(update=self.said)

    async def confirm(self, request_id: str, code: str, ticket: str = "") -> Confirmed:
        attempt = await super().confirm(request_id, code, ticket)
        self.said["attempts_left"] = attempt.attempts_left
        if attempt.verified:
            self.said["state"] = State.IN_PROGRESS
        return attempt


@dataclass
class Form:
    """One form of a page, as a browser has it before anybody types."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    """What is written on each, and where it sends the form."""


class Page(HTMLParser):
    """A page, read as far as tests ask."""

    def __init__(self, url: str, status: int, headers: Any, text: str) -> None:
        super().__init__()
        self.url, self.status, self.headers, self.html = URL(url), status, headers, text
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.described: set[str] = set()
        self.fields: dict[str, str] = {}
        self._inside: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._select = self._button = ""
        self._area: str | None = None
        self.feed(text)
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        self.described.update(given.get("aria-describedby", "").split())
        if tag == "a":
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("action") or self.url.path, given["method"]))
        elif tag == "input":
            ticked = given["type"] not in {"checkbox", "radio"} or "checked" in given
            if ticked:
                self._add(given["name"], given.get("value", ""))
        elif tag == "textarea":
            self._area, self._select = "", given["name"]
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self._add(self._select, given["value"])
        elif tag == "button":
            self._button = given.get("formaction") or self.forms[-1].action

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._add(self._select, (self._area or "").removeprefix("\n"))
            self._area = None
        elif tag == "button":
            self._button = ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area += data
        elif self._button:
            self.forms[-1].buttons[data.strip()] = self._button
        self._words.append(data)

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].values.append((name, value))

    def value(self, name: str) -> list[str]:
        """What stands in the fields of this name."""
        return [value for form in self.forms for each, value in form.values if each == name]


class Visitor:
    """A person with a browser, at the door."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.base = url
        self.headers: dict[str, str] = {}

    async def ask(self, method: str, path: str, *, follow: bool = True, **options: Any) -> Page:
        headers = self.headers | options.pop("headers", {})
        async with self.session.request(
            method, self.base + path, headers=headers, allow_redirects=follow, **options
        ) as answer:
            return Page(str(answer.url), answer.status, answer.headers, await answer.text())

    async def open(self, path: str) -> Page:
        return await self.ask("GET", path)

    async def press(self, page: Page, button: str, *, follow: bool = True, **typed: str | list[str]) -> Page:
        """Fill in and send the form that has this button; ticks are set by the list of a field's values."""
        form = next(form for form in page.forms if button in form.buttons)
        values = [(name, value) for name, value in form.values if name not in typed]
        for name, value in typed.items():
            values += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        target = form.buttons[button]
        if form.method == "get":
            return await self.open(f"{target}?{urlencode(values)}")
        return await self.ask(
            "POST", target, follow=follow, data=urlencode(values).encode(), headers={"Content-Type": FORM}
        )

    async def asked(self, *rights: str, **typed: str | list[str]) -> Page:
        """The page that asks to check everything before it is sent."""
        details = await self.press(await self.open("/privacy"), "Continue", right=list(rights))
        typed.setdefault("email", "canary@person.test")
        return await self.press(details, "Continue", follow=True, **typed)


@asynccontextmanager
async def visiting(
    desk: WebDesk, *, policy: Policy = POLICY, public_url: str = "http://rights.example.test", patience: float = 5
) -> AsyncIterator[Visitor]:
    """The web door, open for one person's browser while the context lasts."""
    app = build(
        desk,
        controller=policy.controller,
        public_url=public_url,
        webhook_secrets=[SECRET],
        policy=policy,
        form_key=b"f" * 32,
        dispatch_every=3600,
        patience=patience,
    )
    jar = aiohttp.CookieJar(unsafe=True)
    async with serving(app, "127.0.0.1", 0) as port, aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Visitor(session, f"http://127.0.0.1:{port}")
