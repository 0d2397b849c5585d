"""Puts a page for our own people into words: as the person's pages are, with who is signed in on top."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from dsar.policy import Policy
from web.person import words
from web.person.paper import POLICY, Paper
from web.person.words import Languages
from web.staff.guard import StaffGuard
from web.staff.sessions import SESSION
from web.staff.told import AS_IT_IS, Told

FOLDER = words.FOLDER.parent / "staff"


class StaffPaper(Paper):
    """Renders the templates; somebody else's text is shown without what a screen would obey.

    Args:
        title: what people call a system.
    """

    def __init__(self, policy: Policy, guard: StaffGuard, title: Callable[[str], str]) -> None:
        super().__init__(policy, guard, Languages(FOLDER), (FOLDER, words.FOLDER))
        self._environment.filters.update(shown=shown, as_date=date.fromisoformat)
        zone = ZoneInfo(policy.controller.zone)
        self._environment.filters.update(here=lambda at: at.astimezone(zone).date())
        self._environment.globals.update(title=title)

    def show(self, request: web.Request, template: str, told: Told = AS_IT_IS, **facts: Any) -> web.Response:
        """One page, with what it says on top."""
        facts |= {"alert": told.alert, "said": told.said, "note": told.note}
        facts["here"] = request.path
        facts["who"] = request[SESSION].name if SESSION in request else ""
        return self.page(request, template, status=told.status, mistakes=told.mistakes, **facts)

    def problem(self, told: str, status: int) -> web.Response:
        """What went wrong: the same page for everybody, with no form on it."""
        said = self._languages[words.DEFAULT]
        text = self._environment.get_template("problem.html").render(
            say=said.say, language=said.language, told=told, who="", here="", alert="", said="", note="", summary=[]
        )
        return web.Response(
            status=status,
            text=text,
            content_type="text/html",
            headers={"Content-Security-Policy": POLICY, hdrs.CONTENT_LANGUAGE: said.language.code},
        )


def shown(text: str) -> str:
    """A text without what a screen would obey instead of showing it: escapes, and marks that turn its direction."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")
