"""What goes out and in: mail that arrives, and the way to the engine, which is cut now and then."""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from activities.letter_forms.flowed import unflowed
from dsar.case import Case
from intake.engine import Engine, EngineDown
from tests.year.passing_time import Now
from tests.year.town import Window


class PostOffice:
    """Mail that arrives; a letter's message id begins with its request's, and says what kind it is."""

    def __init__(self, now: Now) -> None:
        self.codes: dict[str, str] = {}
        """The newest code of each request that nobody has tried."""
        self.letters: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
        """The kind of each letter about a request, or a hold, and when it was sent."""
        self._now = now

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        del to, subject, html
        about, kind = message_id.split(".")[:2]
        self.letters[about].append((kind, self._now()))
        if codes := re.findall(r"\n    (\d{6})\n", unflowed(text)):
            self.codes[about] = codes[-1]


class Line(Engine):
    """The way to the engine."""

    def __init__(
        self, connect: Callable[[], Awaitable[Any]], task_queue: str, now: Now, down: Sequence[Window]
    ) -> None:
        super().__init__(connect, task_queue)
        self._now = now
        self._down = tuple(down)

    async def start(self, case: Case) -> None:
        """Start a saga, unless the engine is down."""
        if any(start <= self._now() < end for start, end in self._down):
            raise EngineDown
        await super().start(case)
