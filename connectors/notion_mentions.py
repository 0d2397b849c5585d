"""What a Notion user left elsewhere, and where it is named there: no call finds either, so a person looks.

Notion's search knows titles, its queries know properties; comments are listed page by page, and only the open ones.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from dsar.identity import Key
from dsar.records import Exported, Outcome, OutcomeKind, Record

LABEL = "Comments by their Notion user, and mentions of it, on other pages"


def mentions(user: str, category: str, led_by: Key) -> Record:
    """What may be anywhere of this user; `led_by` is what led to it."""
    return Record(
        id=f"mentions:{sha256(user.encode()).hexdigest()[:32]}",
        category=category,
        matched=frozenset({led_by}),
        label=LABEL,
        state={"mentions": user},
    )


def is_mentions(record: Record) -> bool:
    """Whether it is what a person looks for."""
    return "mentions" in record.state


def told(record: Record) -> Exported:
    """What an export can say of it."""
    data: Mapping[str, Any] = {
        "notion_user": record.state["mentions"],
        "not_searched": "No interface of Notion finds a user's comments or mentions; people look for them by hand.",
    }
    return Exported(record_id=record.id, category=record.category, label=record.label, data=dict(data))


def to_look_for(record: Record, what: str) -> Outcome:
    """The task of looking for them; `what` is a sentence that says what to do with what is found."""
    instructions = (
        f"No interface of Notion finds what the user {record.state['mentions']} wrote or is named in. In Notion, see "
        "whose id that is (Settings > People), search for their name with @ before it (search > filter: Created by, "
        "and the plain search for mentions), look at the people properties of tables that systems.toml does not name, "
        f"and at the comments of the pages they worked on, resolved ones too. {what} Then mark this task done."
    )
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def nothing_done(record: Record, kind: OutcomeKind) -> Outcome:
    """Of what nobody has found yet, nothing is in use, put back or seen to be gone."""
    return Outcome(record_id=record.id, kind=kind)
