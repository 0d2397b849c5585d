"""What Figma's interface answers, as objects: only the fields that a privacy request needs.

Source: npm `@figma/rest-api-spec` 0.43.0; SCIM: developers.figma.com/docs/rest-api/scim-endpoints.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Incoming(BaseModel):
    """A part of an answer. Its errors never repeat what was in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class User(Incoming):
    """An account as everyone sees it: no address."""

    id: str
    handle: str


class Reaction(Incoming):
    """What somebody thought of a comment."""

    user: User
    emoji: str
    """As a shortcode, `:heart:`."""
    created_at: datetime


class Comment(Incoming):
    """A comment or a reply."""

    id: str
    user: User
    message: str
    created_at: datetime
    resolved_at: datetime | None = None
    parent_id: str = ""
    order_id: str | None = None
    reactions: tuple[Reaction, ...] = ()


class Version(Incoming):
    """An entry of a file's history."""

    id: str
    user: User
    created_at: datetime
    label: str | None = None
    description: str | None = None


class Branch(Incoming):
    """A branch of a file: a file of its own, with comments and a history."""

    key: str
    name: str


class File(Incoming):
    """A file of a project."""

    key: str
    name: str
    branches: tuple[Branch, ...] = ()
    """Left out where there is none."""

    @property
    def all(self) -> "tuple[File, ...]":
        """The file and its branches, each as a file."""
        return (self, *(File(key=each.key, name=f"{self.name} / {each.name}") for each in self.branches))


class Meta(Incoming):
    """What is known of a file beside its content."""

    name: str
    folder_name: str = ""
    last_touched_at: datetime
    creator: User
    editorType: str  # noqa: N815 - Figma's spelling


class LogPage(Incoming):
    """A page of the activity log: who is behind which address, and where the next page starts."""

    accounts: tuple[tuple[str, str], ...]
    """Address and account of everybody named."""
    cursor: str | None


class Versions(Incoming):
    """A page of a file's history, newest first, and where the next page starts."""

    versions: tuple[Version, ...]
    before: str | None = None


class Project(Incoming):
    """A project (Figma now calls it a folder)."""

    id: str


class Projects(Incoming):
    """A team's projects."""

    projects: tuple[Project, ...]


class Files(Incoming):
    """A project's files."""

    files: tuple[File, ...]


class Comments(Incoming):
    """A file's comments, all of them."""

    comments: tuple[Comment, ...]


class Pagination(Incoming):
    """Links to the pages beside this one."""

    next_page: str | None = None


class History(Incoming):
    """A page of a file's versions."""

    versions: tuple[Version, ...]
    pagination: Pagination


class FileMeta(Incoming):
    """What is known of a file."""

    file: Meta


class Named(Incoming):
    """Somebody or something in the log; only people have an address."""

    id: str = ""
    email: str = ""


class Event(Incoming):
    """An entry of the activity log."""

    actor: Named | None = None
    entity: Named | None = None


class Log(Incoming):
    """A page of the activity log."""

    activity_logs: tuple[Event, ...] = ()
    cursor: str = ""
    next_page: bool = False


class LogAnswer(Incoming):
    """The log, in its envelope."""

    meta: Log


class ScimUser(Incoming):
    """A user of the organisation; `userName` is the address."""

    id: str
    userName: str  # noqa: N815


class ScimUsers(Incoming):
    """The users that a filter let through."""

    Resources: tuple[ScimUser, ...] = ()
