"""Puts a page into words: the person's language, our own style sheet, a token for its forms, nothing from elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dsar.policy import Policy
from web.person import style
from web.person.form import Mistake
from web.person.guard import Guard
from web.person.words import FOLDER, Languages, Words

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""The pages' Content-Security-Policy."""


class Paper:
    """Renders the templates in the name of the policy's controller."""

    def __init__(
        self,
        policy: Policy,
        guard: Guard,
        languages: Languages | None = None,
        folder: Path | Sequence[Path] = FOLDER,
    ) -> None:
        self._guard = guard
        self._languages = languages or Languages()
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(capitalize_first=lambda text: text[:1].upper() + text[1:])
        self._environment.globals.update(controller=policy.controller, consents=policy.consents, style=style.ADDRESS)

    def words(self, request: web.Request) -> Words:
        """The language that the person's browser asks for."""
        return self._languages.asked_for(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))

    def page(
        self, request: web.Request, name: str, *, status: int = 200, mistakes: Sequence[Mistake] = (), **facts: Any
    ) -> web.Response:
        """One page; `mistakes` are told at its top, and at each field."""
        words = self.words(request)
        token, cookie = self._guard.token(request)
        told = [(each.field, words.say(f"mistakes.{each.why}")) for each in mistakes]
        text = self._environment.get_template(f"{name}.html").render(
            say=words.say,
            day=words.language.date,
            language=words.language,
            token=token,
            summary=told,
            wrong=dict(reversed(told)),
            **facts,
        )
        response = web.Response(
            status=status,
            text=text,
            content_type="text/html",
            headers={
                "Content-Security-Policy": POLICY,
                hdrs.CONTENT_LANGUAGE: words.language.code,
                hdrs.VARY: hdrs.ACCEPT_LANGUAGE,
            },
        )
        self._guard.set(request, response, cookie)
        return response
