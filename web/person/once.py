"""A form that is sent twice is one request: however often the button is pressed, and whatever the network repeats.

Other words in the same form are another request: whoever goes back and asks for somebody else is not held to the first.
"""

import hashlib
import secrets
from typing import Protocol

from dsar.submission import Submission
from intake.desk import Receipt
from web.person.form import Form
from web.repeats import Repeats

ONCE = "form_id"
"""The hidden field by which the same form is known."""


class Counter(Protocol):
    """Where requests are handed in."""

    async def submit(self, submission: Submission) -> Receipt:
        """Keep a request and start it."""


def number(form: Form) -> str:
    """The form's own number: the one that it came with, or a fresh one."""
    return form.one(ONCE)[:64] or secrets.token_urlsafe(18)


class Once:
    """Hands requests in, each once, in this process; what failed is tried again."""

    def __init__(self, desk: Counter) -> None:
        self._desk = desk
        self._submitted: Repeats[Receipt] = Repeats()

    async def submit(self, form: Form, asked: Submission) -> Receipt:
        """The receipt: of the first time, if the same form was sent with the same words before."""
        content = hashlib.sha256(asked.model_dump_json().encode()).digest()
        return await self._submitted.once(f"{number(form)} {content.hex()}", content, lambda: self._desk.submit(asked))
