"""What Figma's comments and files are to a privacy request, and what people have to do about them by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from connectors.figma_answers import Comment, File, Meta, Version
from connectors.figma_person import Person
from dsar.identity import Identifier, Key
from dsar.records import Anchor, Exported, Outcome, OutcomeKind, Record, Sighting

COMMENTS = "project communications"
FILES = "design files and assets"

SEARCH_BY_HAND = (
    "Look the person up in Figma (Admin > Members, and the Share dialog of the files they worked on), then search "
    "their comments by hand; or give the connector a SCIM tenant or a token for the activity log in systems.toml."
)


def is_file(record: Record) -> bool:
    """A file that the person worked on; otherwise a comment."""
    return "comment" not in record.state


def file_of(record: Record) -> str:
    """The key of the file that it is in."""
    return str(record.state["file"])


def comment_of(record: Record) -> tuple[str, str]:
    """The file and the number of a comment, or of the one that was reacted to: they are numbered within their file."""
    return file_of(record), str(record.state["comment"])


def authors_of(record: Record) -> frozenset[str]:
    """The accounts that a file's record is about: one, or all in its history where it was met on a walk."""
    return frozenset(record.state.get("users") or [record.state["user"]])


def comment_record(file: File, comment: Comment, matched: frozenset[Key]) -> Record:
    """A comment or reply; `matched` is what led to its author."""
    return Record(
        id=f"comment:{file.key}:{comment.id}",
        category=COMMENTS,
        matched=matched,
        dates=_dates(comment.created_at.date()),
        label=f"Comment in {file.name}",
        state={"file": file.key, "file_name": file.name, "comment": comment.id, "user": comment.user.id},
    )


def file_record(file: File, version: Version, person: Person) -> Record:
    """A file in whose history the person is; `version` is one of their entries."""
    return Record(
        id=f"file:{file.key}",
        category=FILES,
        matched=person.matched(version.user),
        dates=_dates(version.created_at.date()),
        label=f"Figma file {file.name}",
        state={"file": file.key, "file_name": file.name, "user": version.user.id},
    )


def met_comment(file: File, comment: Comment, system: str) -> Sighting:
    """A comment of anybody."""
    record = comment_record(file, comment, frozenset({Key.FIGMA_USER_ID}))
    return Sighting(record=record, identifiers=_accounts([comment.user.id], system))


def met_file(file: File, authors: Sequence[str], newest: date, system: str) -> Sighting:
    """A file, with everybody in its history; `newest` is the day of the last entry."""
    record = Record(
        id=f"file:{file.key}",
        category=FILES,
        matched=frozenset({Key.FIGMA_USER_ID}),
        dates=_dates(newest),
        label=f"Figma file {file.name}",
        state={"file": file.key, "file_name": file.name, "users": list(authors)},
    )
    return Sighting(record=record, identifiers=_accounts(authors, system))


def exported_comment(record: Record, comment: Comment) -> Exported:
    """What the person wrote; nothing of who answered or reacted."""
    data = {
        "file": record.state["file_name"],
        "link": link_to(record),
        "author": comment.user.handle,
        "message": comment.message,
        "created_at": comment.created_at.isoformat(),
        "resolved_at": comment.resolved_at.isoformat() if comment.resolved_at else None,
        "is_reply": bool(comment.parent_id),
    }
    return _exported(record, data)


def exported_file(record: Record, meta: Meta, versions: Sequence[Version]) -> Exported:
    """What a file is, with the person's own entries in its history."""
    data = {
        "name": meta.name,
        "project": meta.folder_name,
        "editor": meta.editorType,
        "link": link_to(record),
        "last_changed": meta.last_touched_at.isoformat(),
        "created_by_you": meta.creator.id in authors_of(record),
        "your_versions": [each.model_dump(mode="json", exclude={"user"}) for each in versions],
    }
    return _exported(record, data)


def seen(record: Record, *, present: bool) -> Outcome:
    """What looking again came to."""
    if present:
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="it is still in Figma")
    return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)


def to_delete_comment(record: Record) -> Outcome:
    """The task of deleting another account's comment."""
    number, name = record.state["comment"], record.state["file_name"]
    instructions = (
        f"Figma lets only its author delete this comment through the API. Open {link_to(record)}#{number} (file "
        f"{name!r}, comment {number} by user {record.state['user']}), press C to show comments (also resolved ones: "
        "sidebar > filter > Show resolved comments), then the comment's ... menu > Delete. Where that is not offered: "
        "ask the author, or replace the file by a copy (File > Duplicate; copies carry no comments) and delete the old "
        "one: file browser > right-click > Move to trash, then Trash > right-click > Delete forever."
    )
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def to_delete_file(record: Record) -> Outcome:
    """The task of deleting a file, or its history."""
    instructions = (
        f"No API deletes a Figma file or a version of it. Open {link_to(record)} (file {record.state['file_name']!r}; "
        f"user {', '.join(sorted(authors_of(record)))} is in File > Show version history) and decide what must go. A "
        "single version "
        "cannot be removed: to keep the design without its history, use File > Duplicate first. To delete the file: "
        "file browser > right-click > Move to trash, then Trash > right-click > Delete forever."
    )
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _accounts(users: Sequence[str], system: str) -> tuple[Identifier, ...]:
    return tuple(Identifier(kind=Key.FIGMA_USER_ID, value=user, source=system) for user in users)


def _dates(day: date) -> dict[Anchor, date]:
    return {Anchor.CREATED: day, Anchor.LAST_INTERACTION: day}


def _exported(record: Record, data: dict[str, Any]) -> Exported:
    return Exported(record_id=record.id, category=record.category, label=record.label, data=data)


def link_to(record: Record) -> str:
    """Where the file is."""
    return f"https://www.figma.com/file/{file_of(record)}"
