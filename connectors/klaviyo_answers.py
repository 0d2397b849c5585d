"""What Klaviyo's interface answers, as far as it is read; the rest is passed on as it is.

The vendor's reference: https://developers.klaviyo.com/en/reference/api_overview (revision 2026-07-15).
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, Field

CURSOR = "page[cursor]"


class Suppression(BaseModel):
    """Why an address gets no mail."""

    reason: str


class EmailMarketing(BaseModel):
    """What may be sent to an address."""

    suppression: list[Suppression] | None = None


class EmailChannel(BaseModel):
    """What may be sent by mail."""

    marketing: EmailMarketing | None = None


class Subscriptions(BaseModel):
    """What may be sent at all."""

    email: EmailChannel | None = None


class Attributes(BaseModel):
    """What a profile says. The dates are ISO 8601."""

    email: str | None = None
    phone_number: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    organization: str | None = None
    location: dict[str, Any] | None = None
    created: str | None = None
    updated: str | None = None
    last_event_date: str | None = None
    subscriptions: Subscriptions | None = None


class Profile(BaseModel):
    """A profile: somebody that Klaviyo knows."""

    id: str
    attributes: Attributes

    @property
    def suppressed_for(self) -> frozenset[str]:
        """Why the address gets no mail; empty: it may."""
        channel = self.attributes.subscriptions and self.attributes.subscriptions.email
        marketing = channel and channel.marketing
        return frozenset(each.reason for each in (marketing and marketing.suppression) or ())


class One(BaseModel):
    """An answer about one profile."""

    data: Profile


class Links(BaseModel):
    """Where a collection goes on."""

    next: str | None = None


class Page(BaseModel):
    """A page of a collection."""

    data: list[dict[str, Any]]
    included: list[dict[str, Any]] = Field(default_factory=list)
    links: Links = Links()

    @property
    def cursor(self) -> str | None:
        """The next page's cursor. Only this is taken from the link: wherever it leads, nobody goes there."""
        if not self.links.next:
            return None
        return next(iter(parse_qs(urlsplit(self.links.next).query).get(CURSOR, [])), None)


class Job(BaseModel):
    """A bulk job."""

    class Attributes(BaseModel):
        """How far it is."""

        status: str

    id: str
    attributes: Attributes


class OfJob(BaseModel):
    """An answer about a job."""

    data: Job


class Mistake(BaseModel):
    """What Klaviyo says is wrong. Its `detail` may quote what was sent: personal data."""

    code: str
    title: str
    detail: str = ""


class Refusal(BaseModel):
    """How Klaviyo says no."""

    errors: list[Mistake] = Field(min_length=1)

    @property
    def words(self) -> str:
        """All that it said, in a line."""
        return "; ".join(f"{each.title}: {each.detail}" for each in self.errors)
