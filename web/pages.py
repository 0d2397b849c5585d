"""The few pages that a person sees: plain HTML, no script, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dsar.policy import Controller
from web.problems import Problem

_TEMPLATES = Path(__file__).with_name("templates")
_CSS = (Path(__file__).with_name("static") / "habeas.css").read_text(encoding="utf-8")
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The pages' Content-Security-Policy: the one style sheet, by its hash."""


@dataclass(frozen=True)
class Page:
    """What one page says."""

    title: str
    paragraphs: Sequence[str]
    status: int = 200
    asks: bool = False
    """Whether it asks for the passphrase."""
    alert: str = ""


ASK = Page("Your data is ready", ["To download the copy that you asked for, enter your passphrase."], asks=True)
UNKNOWN = Page(
    "This link is not one of ours",
    ["Was it copied whole? Open it from our letter once more. If that does not help, write to us."],
    status=404,
)
USED = Page(
    "This link has been used",
    [
        "Each link works once, and with this one a download was begun.",
        "If you have just begun it yourself, let it finish.",
        "If it broke off, or if it was not you, write to us: you get a fresh one, and nobody can use this one again.",
    ],
    status=410,
)
EXPIRED = Page(
    "This link has expired",
    ["A link works for a limited time, to keep your data safe. Write to us, and you get a fresh one."],
    status=410,
)
LOCKED = Page(
    "This link is locked",
    [
        "A wrong passphrase was entered too often. Nothing was disclosed, and the link no longer works.",
        "Write to us, and you get a fresh one. If it was not you who tried, please tell us that too.",
    ],
    status=403,
)
NOT_BEGUN = Page(
    "The download could not begin",
    ["Something is broken on our side, and we have been told. This link is used up: write to us for a fresh one."],
    status=503,
)


def asking_again(alert: str, status: int) -> Page:
    """The form once more, and why."""
    return Page(ASK.title, ASK.paragraphs, status=status, asks=True, alert=alert)


def wrong(attempts_left: int) -> Page:
    """The form once more, after a wrong passphrase."""
    times = "once more" if attempts_left == 1 else f"{attempts_left} more times"
    return asking_again(f"That is not the passphrase. You can try {times}.", 403)


class Pages:
    """Renders pages in the name of the controller."""

    def __init__(self, controller: Controller) -> None:
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        environment.globals.update(css=Markup(_CSS), controller=controller)  # noqa: S704 - a file of ours
        self._template = environment.get_template("page.html")

    def problem(self, problem: Problem) -> web.Response:
        """What a program would get as a problem document, to read."""
        response = self.render(Page(problem.kind.title, [problem.kind.advice], status=problem.kind.status))
        response.headers.update(problem.headers)
        return response

    def render(self, page: Page) -> web.Response:
        """The answer to a browser."""
        return web.Response(
            status=page.status,
            text=self._template.render(page=page),
            content_type="text/html",
            headers={"Content-Security-Policy": POLICY},
        )
