"""What Meta's Graph API answers, as objects: only the fields that a privacy request needs.

Source: developers.facebook.com/docs/marketing-api (reference: custom-audience, custom-audience/users, ad-account,
page/leadgen_forms, user-lead-gen-info), and /docs/graph-api/guides/error-handling; Graph v26.0.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Incoming(BaseModel):
    """A part of an answer. Its errors never repeat what was in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Failure(Incoming):
    """Why a call was refused. The message may quote the request: it is never read."""

    code: int
    error_subcode: int = 0
    is_transient: bool = False


class Refusal(Incoming):
    """The envelope of a refusal."""

    error: Failure


class Usage(Incoming):
    """How much of a limit is used; minutes until calls are taken again, 0 where they are."""

    estimated_time_to_regain_access: int = 0


class Cursors(Incoming):
    """Where a page ends."""

    after: str = ""


class Paging(Incoming):
    """`next` is there while another page is."""

    cursors: Cursors = Cursors()
    next: str | None = None


class Page(Incoming):
    """What every list has."""

    paging: Paging = Paging()

    @property
    def after(self) -> str | None:
        """Where the next page starts."""
        return self.paging.cursors.after or None if self.paging.next else None


class Form(Incoming):
    """A lead form (Meta: instant form)."""

    id: str
    name: str = ""


class Forms(Page):
    """A page's lead forms."""

    data: tuple[Form, ...]


class FieldAnswer(Incoming):
    """One question of a form, and what was answered."""

    name: str
    values: tuple[str, ...] = ()


class Lead(Incoming):
    """What somebody sent with a form."""

    id: str
    created_time: datetime
    ad_id: str | None = None
    form_id: str | None = None
    field_data: tuple[FieldAnswer, ...] = ()


class Leads(Page):
    """A form's leads, newest first."""

    data: tuple[Lead, ...]


class Status(Incoming):
    """The state of an audience: 200 normal, 471 flagged."""

    code: int


class Audience(Incoming):
    """A custom audience. Nothing says who is in it."""

    id: str
    name: str = ""
    subtype: str = ""
    operation_status: Status = Status(code=200)


class Audiences(Page):
    """An ad account's audiences."""

    data: tuple[Audience, ...]


class Taken(Incoming):
    """How many hashes of an upload or removal were received and understood; not how many were in the audience."""

    num_received: int
    num_invalid_entries: int


class Done(Incoming):
    """What deleting a node answers."""

    success: bool
