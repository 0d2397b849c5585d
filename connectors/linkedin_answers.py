"""What LinkedIn's marketing interface answers, as objects: only the fields that a privacy request needs.

Source: learn.microsoft.com/en-us/linkedin/marketing/matched-audiences/create-and-manage-segments and
create-and-manage-segment-users; errors: /linkedin/shared/api-guide/concepts/error-handling.
"""

from pydantic import BaseModel, ConfigDict


class Incoming(BaseModel):
    """A part of an answer. Its errors never repeat what was in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Segment(Incoming):
    """A DMP segment: people who are streamed into it (`USER`), or uploaded as a file, or companies. Shows nobody."""

    id: int
    name: str = ""
    type: str


class Segments(Incoming):
    """A page of an ad account's segments; one that is not full is the last."""

    elements: tuple[Segment, ...]


class Status(Incoming):
    """What became of one element of a batch."""

    status: int


class Statuses(Incoming):
    """What became of each element, in the order sent."""

    elements: tuple[Status, ...]


class Refusal(Incoming):
    """Why a call was refused. The message may quote the request: it is never read."""

    status: int
