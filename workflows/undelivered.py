"""A letter of ours did not arrive: a person is told, once for each letter, and the request stays open until they know.

Nothing here runs before one came back: a history without one has no step of it.
"""

from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from dsar.case import TaskKind
    from dsar.undelivered import OUTCOMES, LetterBack, instructions, settled, title

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest


class Undelivered:
    """The letters of one request that came back. What is said of one does no more than to open a task."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._heard: set[str] = set()

    def hear(self, back: LetterBack) -> None:
        """Have a person see to it. A letter to our own people is told once a request: its task is a letter again."""
        which = "staff" if back.to_staff else back.letter
        if which not in self._heard:
            self._heard.add(which)
            self._request.afterwards.go(self._seen_to(back))

    async def _seen_to(self, back: LetterBack) -> None:
        words = f"{instructions(back)}\n{OUTCOMES}"
        task = await self._request.people.ask(TaskKind.UNDELIVERED, None, title(back), words, back.owner)
        await self._request.record(settled(back.letter), "somebody saw to it", letter=back.letter, outcome=task.state)
