"""What goes in and comes out as JSON."""

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from dsar.case import Ending, State
from dsar.frozen import Frozen
from dsar.proof import CODE_DIGITS, is_code
from dsar.requests import Right
from dsar.submission import Channel, Submission


class RequestBody(Submission):
    """A request, as the company's own site or another system of its own hands it in."""

    channel: Literal[Channel.WEBHOOK] = Channel.WEBHOOK
    """What staff enter comes in by the command line, never here."""
    dry_run: Literal[False] = False
    """A person who asks is not answered by a rehearsal."""


class Submitted(Frozen):
    """The receipt. The ticket is told here and nowhere else: the site shows it to the person at once."""

    request_id: str
    status_url: str
    state: Literal[State.RECEIVED] = State.RECEIVED
    joined: bool = Field(description="The same was asked for already: that request goes on, with its own dates.")
    started: bool = Field(description="false: kept, and started as soon as the engine is back.")
    ticket: str = Field(
        description="Proves nothing. With the code that the person is mailed, it brings the passphrase of a download."
    )
    due: date = Field(description="The legal date.")
    safe: date = Field(description="The cautious date, by which an answer is planned.")
    right: Right
    others: tuple["Submitted", ...] = Field(
        default=(), description="Of the other rights asked for at the same time: requests of their own."
    )


class Standing(Frozen):
    """Where a request stands, for whoever has its id: no personal data, and nothing that tells who is known here."""

    request_id: str
    right: Right
    state: State
    ending: Ending | None
    in_words: str
    due: date
    safe: date


class Followed(Frozen):
    """Taken on; the status tells how it goes on."""

    request_id: str
    status_url: str


class CodeBody(Frozen):
    """The code as the person entered it."""

    code: str = Field(description=f"{CODE_DIGITS} digits.")
    ticket: str = Field(default="", max_length=40, description="Of the receipt: without it there is no passphrase.")

    @field_validator("code")
    @classmethod
    def _could_be_one(cls, value: str) -> str:
        if not is_code(value):
            raise ValueError(f"a code has {CODE_DIGITS} digits")
        return value


class ReasonBody(Frozen):
    """Why a request is taken back."""

    reason: str = Field(min_length=1, max_length=500)


class Health(Frozen):
    """Whether the process is up."""

    status: Literal["up"] = "up"
