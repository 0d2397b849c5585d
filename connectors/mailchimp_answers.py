"""What Mailchimp's interface answers, as objects.

The vendor's reference: https://mailchimp.com/developer/marketing/api/ (3.0).
"""

from typing import Any

from pydantic import BaseModel, Field

MEMBER_FIELDS = (
    "id",
    "contact_id",
    "list_id",
    "email_address",
    "status",
    "merge_fields",
    "timestamp_signup",
    "timestamp_opt",
    "last_changed",
)
"""What of a contact is asked for, unless all of it is."""


class Member(BaseModel):
    """A contact of one audience. The dates are ISO 8601, empty when there is none.

    `id` is the subscriber hash, which changes with the address; `contact_id` stays.
    """

    id: str
    contact_id: str
    list_id: str
    email_address: str
    status: str
    merge_fields: dict[str, Any] = Field(default_factory=dict)
    timestamp_signup: str = ""
    timestamp_opt: str = ""
    last_changed: str = ""


class Members(BaseModel):
    """A page of an audience's contacts."""

    members: list[Member]
    total_items: int


class Store(BaseModel):
    """A shop. What it knows of customers belongs to one audience."""

    id: str
    list_id: str


class Matches(BaseModel):
    """Contacts that a search found, as far as it shows them."""

    members: list[Member] = Field(default_factory=list)
    total_items: int = 0


class Found(BaseModel):
    """What a search answers."""

    exact_matches: Matches
    full_search: Matches = Field(default_factory=Matches)


class HasId(BaseModel):
    """A thing, by its id alone."""

    id: str


class Audiences(BaseModel):
    """A page of the account's audiences."""

    lists: list[HasId]
    total_items: int


class Refusal(BaseModel):
    """How Mailchimp says no (RFC 7807). The texts may quote what was sent: personal data."""

    class Mistake(BaseModel):
        """What is wrong with one field."""

        field: str = ""
        message: str = ""

    title: str
    detail: str = ""
    errors: list[Mistake] = Field(default_factory=list)

    @property
    def words(self) -> str:
        """All that Mailchimp said, in a line."""
        mistakes = [f"{each.field}: {each.message}" for each in self.errors]
        return "; ".join(filter(None, [self.title, self.detail, *mistakes]))
