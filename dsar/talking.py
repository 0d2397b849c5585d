"""What the person and we say to each other about a request, beside its letters."""

from datetime import date

from pydantic import Field, field_validator

from dsar.frozen import Frozen
from dsar.waiting import Subject

LONGEST = 4_000
"""Characters of one message."""
UNREAD = 20
"""So many messages of one request can wait for us: beyond it, the person is told to write to the contact."""

_KEPT = "\n\t\u200c\u200d"
"""Lines, and the joiners that some scripts are written with."""

TITLE = "The person has written about the request"

HOW = (
    "Done, with a note: the note goes to the address on file as our answer, and the person reads it on the page of the "
    "request. Done, without one: there is nothing to say. Not found: it is not about this request."
)


class Message(Frozen):
    """The person's words. Personal data: they travel and lie sealed, and are in no list."""

    text: str = Field(min_length=1, max_length=LONGEST)
    proven: bool = False
    """Written in the browser in which the code was entered."""
    mail_from: str = ""
    """The address that a mail claims to come from; empty: written on the request's page."""
    attachments: int = 0
    """Of a mail: sealed under the request, unopened."""

    @field_validator("text", "mail_from")
    @classmethod
    def _shown_as_it_is(cls, value: str) -> str:
        """Without what a screen would obey instead of showing it."""
        return "".join(c for c in value if c.isprintable() or c in _KEPT)


class Exchange(Frozen):
    """One message and what became of it. The answer's words are for the person, and nobody else."""

    number: int
    written: date
    answered: date | None = None
    answer: str = ""
    read: bool = False
    """A person here has read it; `answered` says whether there was anything to say."""


class Talk(Frozen):
    """All of it, of one request."""

    asked: tuple[Subject, ...] = ()
    """What we asked the person by letter, and have no answer to."""
    exchanges: tuple[Exchange, ...] = ()

    @property
    def waiting(self) -> int:
        """How many messages nobody here has read."""
        return sum(not each.read for each in self.exchanges)


def instructions(message: Message, *, number: int, answers: bool, asked: tuple[Subject, ...]) -> str:
    """What the person who gets the task reads.

    Args:
        message: what was written.
        number: the how manyth of this request.
        answers: it was taken as the answer to our question, and the clock knows.
        asked: what we still wait for.
    """
    lines = [
        HOW,
        "Written where the code was entered."
        if message.proven
        else "Whoever has the number of the request can have written this: it proves nothing.",
        f"Message {number}." + (" It was taken as the answer to our question, from today." if answers else ""),
        f"We still wait for {' and '.join(asked)}: if this is it, say so with `received`." if asked else "",
        f"By mail, from {message.mail_from}, as it says." if message.mail_from else "",
        f"Attachments: {message.attachments}, sealed and unopened." if message.attachments else "",
    ]
    return "\n".join(filter(None, lines)) + f"\n\n{message.text}"
