"""What Sprout Social's interface answers, as objects: only the fields that a privacy request needs.

Source: api.sproutsocial.com/docs (Messages Endpoint, Message Fields, Cases Endpoints).
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Incoming(BaseModel):
    """A part of an answer. Its errors never repeat what was in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True)


class Author(Incoming):
    """Who wrote a message, on their network. A handle is there on Instagram, X, TikTok, Threads, Pinterest, Bluesky."""

    guid: str = ""
    name: str | None = None
    screen_name: str | None = None


class Message(Incoming):
    """A comment, mention or direct message."""

    guid: str
    created_time: datetime
    network: str = ""
    post_type: str = ""
    text: str | None = None
    perma_link: str | None = None
    case_id: str | None = Field(default=None, coerce_numbers_to_str=True)
    author: Author = Field(default=Author(), alias="from")


class Paging(Incoming):
    """Where the next page starts; there only while there is one."""

    next_cursor: str | None = None


class Messages(Incoming):
    """A page of messages, in the order of their creation."""

    data: tuple[Message, ...]
    paging: Paging = Paging()


class Case(Incoming):
    """What staff made of a conversation."""

    case_id: str = Field(coerce_numbers_to_str=True)
    type: str = ""
    status: str = ""
    priority: str = ""
    created_time: datetime
    updated_time: datetime | None = None
    last_closed_time: datetime | None = None


class Cases(Incoming):
    """A page of cases."""

    data: tuple[Case, ...]
    paging: Paging = Paging()


class Refusal(Incoming):
    """Why a call was refused. It may quote the request: never read."""

    error: str
