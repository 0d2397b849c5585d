"""Reactions to what others wrote: all of one account's to one comment are one record.

Those to the person's own comments go with the comments.
"""

from collections.abc import Iterable
from hashlib import sha256

from connectors.figma_answers import Comment, File, Reaction
from connectors.figma_person import Person
from connectors.figma_records import COMMENTS, link_to
from dsar.identity import Identifier, Key
from dsar.records import Anchor, Exported, Outcome, OutcomeKind, Record, Sighting


def is_reaction(record: Record) -> bool:
    """Somebody's reactions to a comment."""
    return record.state.get("reaction") is True


def reactions(record: Record, comment: Comment) -> list[Reaction]:
    """Those of this record that the comment has now."""
    return [each for each in comment.reactions if each.user.id == record.state["user"]]


def persons_reactions(file: File, comment: Comment, person: Person) -> list[Record]:
    """A record for each of the person's accounts that reacted to this comment of somebody else."""
    if person.is_author(comment.user):
        return []
    mine = {each.user.id: each.user for each in comment.reactions if person.is_author(each.user)}
    return [_record(file, comment, user.id, person.matched(user)) for user in mine.values()]


def met_reactions(file: File, comments: Iterable[Comment], system: str) -> list[Sighting]:
    """Everybody's reactions to the comments of others."""
    return [
        Sighting(
            record=_record(file, comment, user, frozenset({Key.FIGMA_USER_ID})),
            identifiers=(Identifier(kind=Key.FIGMA_USER_ID, value=user, source=system),),
        )
        for comment in comments
        for user in dict.fromkeys(each.user.id for each in comment.reactions)
        if user != comment.user.id
    ]


def exported_reactions(record: Record, mine: Iterable[Reaction]) -> Exported:
    """With what the person reacted, and when; not to which words: those are somebody else's."""
    data = {
        "file": record.state["file_name"],
        "link": f"{link_to(record)}#{record.state['comment']}",
        "reactions": [{"emoji": each.emoji, "created_at": each.created_at.isoformat()} for each in mine],
    }
    return Exported(record_id=record.id, category=record.category, label=record.label, data=data)


def to_take_back(record: Record) -> Outcome:
    """The task of taking back another account's reactions."""
    number, name = record.state["comment"], record.state["file_name"]
    instructions = (
        f"Figma lets only who reacted take a reaction back. Open {link_to(record)}#{number} (file {name!r}, comment "
        f"{number}) and ask user {record.state['user']} to click their reaction below the comment once more. Where "
        "they cannot be asked: delete the comment, if it is not needed, or replace the file by a copy (File > "
        "Duplicate; copies carry no comments)."
    )
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _record(file: File, comment: Comment, user: str, matched: frozenset[Key]) -> Record:
    days = [each.created_at.date() for each in comment.reactions if each.user.id == user]
    return Record(
        id=f"reaction:{file.key}:{comment.id}:{sha256(user.encode()).hexdigest()[:16]}",
        category=COMMENTS,
        matched=matched,
        dates={Anchor.CREATED: min(days), Anchor.LAST_INTERACTION: max(days)},
        label=f"Reaction to a comment in {file.name}",
        state={"file": file.key, "file_name": file.name, "comment": comment.id, "user": user, "reaction": True},
    )
