"""Notion's entry in systems.toml."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from connectors.connector import SystemConfig
from dsar.correction import Field as Correctable
from dsar.frozen import Frozen
from dsar.records import Anchor

Uuid = Annotated[str, AfterValidator(lambda value: str(UUID(value)))]
"""An id with or without dashes, kept with them, as Notion answers it."""


class DataSource(Frozen):
    """One table of pages, and which of its properties say whose a page is."""

    id: Uuid
    email_property: str
    email_type: Literal["email", "rich_text", "title"] = "email"
    people_property: str = ""
    """A property of people that a page is about; empty: none is. Not one that names who works on it."""
    name_property: str = ""
    """Who shares the name is found too, for a person to decide; empty: names are not looked for."""
    name_type: Literal["title", "rich_text"] = "title"
    fields: dict[Correctable, str] = Field(default_factory=dict)
    """Further properties that can be corrected: `{"phone": "Phone"}`. Address and name are those above."""
    category: str = "project communications"
    dates: dict[Anchor, str] = Field(default_factory=dict)
    """Properties whose dates retention counts from: `{"project_completed": "Closed"}`. Unless named here, a page was
    created and last touched when Notion says so."""

    @property
    def correctable(self) -> dict[Correctable, str]:
        """The property of each field that has one."""
        named = {Correctable.EMAIL: self.email_property, Correctable.NAME: self.name_property}
        return {field: name for field, name in (named | self.fields).items() if name}

    @model_validator(mode="after")
    def _each_once(self) -> "DataSource":
        if Correctable.EMAIL in self.fields:
            raise ValueError("fields: the address is in the email_property")
        names = list(self.correctable.values())
        if len(set(names)) != len(names):
            raise ValueError("fields: one property cannot be two fields")
        return self


class NotionConfig(SystemConfig):
    """Notion's entry. `secret` is the token of an internal connection that the databases are shared with.

    The connection needs the capabilities to read and update content, to read comments if `comments`, and to read users
    with their email addresses if a `people_property` is named.
    """

    data_sources: tuple[DataSource, ...] = Field(min_length=1)
    page_size: int = Field(default=100, ge=1, le=100)
    search_trash: bool = True
    """Whether pages that somebody moved to the trash are looked for too: one more call a data source."""
    comments: bool = True
    """Whether an export has the comments on a page: one call a page."""
    inline_comments: bool = True
    """And those on its blocks: one call a block."""
    nested_tables: bool = True
    """Whether an export has the rows of tables inside a page: two calls a table, and what their blocks cost."""
    mentions: Literal["none", "person"] = "none"
    """Who looks for a Notion user's comments on others' pages and mentions there, which no call finds: nobody, or a
    person, asked once for each user of the data subject's that is known."""
    trash: Literal["notion", "person"] = "notion"
    """Who empties the trash: Notion by itself after `trash_days`, or a person at once, by hand."""
    trash_days: int = Field(default=30, ge=1)
    """30 on every plan; on Enterprise an owner may set 1 to 3650 (Settings > Security > Data retention)."""
    files_url: str = "https://prod-files-secure.s3.us-west-2.amazonaws.com/"
    """Where Notion keeps uploaded files. Nothing is fetched from elsewhere."""
    older_files_url: str = "https://s3.us-west-2.amazonaws.com/secure.notion-static.com/"
    """And where it kept them before."""
    requests_per_second: float | None = 3.0
    """Notion allows a connection three, on average."""
    max_connections: int = 4

    @model_validator(mode="after")
    def _sound(self) -> "NotionConfig":
        ids = [source.id for source in self.data_sources]
        if len(set(ids)) != len(ids):
            raise ValueError("data_sources: one of them is named twice")
        for address in (self.files_url, self.older_files_url):
            scheme, _, rest = address.partition("://")
            if scheme not in {"http", "https"} or not rest.endswith("/"):
                raise ValueError("files_url: a whole address that ends in '/', or a longer host would fit too")
        return self
