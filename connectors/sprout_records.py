"""What Sprout holds of a person, as records, and what a person does about them: Sprout deletes nothing by a call.

message:<guid>   a comment, mention or direct message
case:<id>        what staff made of a conversation that the person is in
"""

from collections.abc import Mapping

from connectors.sprout_answers import Case, Message
from dsar.identity import Key
from dsar.records import Anchor, Exported, Outcome, OutcomeKind, Record

FORGET = "Delete everything there that is about this person."

MENUS: Mapping[str, str] = {
    "INSTAGRAM": (
        "Instagram: open the post > View comments > hold the comment (or swipe it) > the bin; a direct message: hold "
        "it > Delete for you, and the conversation: swipe > Delete. A mention in somebody's own post stays theirs: "
        "remove the tag (post > ... > Tag options > Remove me)"
    ),
    "YOUTUBE": "YouTube Studio > Comments > the comment's three dots > Remove",
    "LINKEDIN": (
        "LinkedIn, as administrator of the page: open the post > the comment's ... > Delete; a message: Inbox > the "
        "conversation's ... > Delete conversation"
    ),
}
"""By network, where what somebody wrote is deleted."""
ELSEWHERE = "the network itself, at the message's own menu"


def is_case(record: Record) -> bool:
    """Whether it is a case."""
    return "case" in record.state


def message_record(category: str, message: Message, matched: frozenset[Key]) -> Record:
    """A message; `matched` is what makes it the person's."""
    day = message.created_time.date()
    kind = message.post_type.replace("_", " ").capitalize() or "Message"
    return Record(
        id=f"message:{message.guid}",
        category=category,
        matched=matched,
        dates={Anchor.CREATED: day, Anchor.LAST_INTERACTION: day},
        label=f"{kind} of {day.isoformat()}",
        state={
            "message": message.guid,
            "network": message.network.upper(),
            "link": message.perma_link,
            "case_id": message.case_id,
        },
    )


def case_record(category: str, case: Case, matched: frozenset[Key]) -> Record:
    """A case; `matched` is what makes the message the person's that led to it."""
    return Record(
        id=f"case:{case.case_id}",
        category=category,
        matched=matched,
        dates={
            Anchor.CREATED: case.created_time.date(),
            Anchor.LAST_INTERACTION: (case.updated_time or case.created_time).date(),
        },
        label=f"Case {case.case_id} in Sprout",
        state={"case": case.case_id},
    )


def exported_message(record: Record, message: Message) -> Exported:
    """What the person wrote, where and when."""
    data = {
        "network": message.network,
        "kind": message.post_type,
        "written_at": message.created_time.isoformat(),
        "text": message.text,
        "link": message.perma_link,
        "author": {"name": message.author.name, "handle": message.author.screen_name, "id": message.author.guid},
    }
    return Exported(record_id=record.id, category=record.category, label=record.label, data=data)


def exported_case(record: Record, case: Case) -> Exported:
    """What was noted of the conversation; nothing of who worked on it."""
    data = case.model_dump(mode="json", exclude_none=True)
    return Exported(record_id=record.id, category=record.category, label=record.label, data=data)


def seen(record: Record, *, present: bool) -> Outcome:
    """What looking again came to."""
    if present:
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="it is still in Sprout")
    return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)


def task(record: Record, title: str) -> Outcome:
    """Somebody deletes it on its network."""
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=to_do(record, title, FORGET))


def to_do(record: Record, title: str, what: str) -> str:
    """Where to go for a record; `what` is a sentence that says what is wanted, and only `FORGET` says to delete."""
    where = _case(record) if is_case(record) else _message(record)
    if what == FORGET:
        where += _case_gone() if is_case(record) else _message_gone(record)
    return f"{title}: {record.label}.\n{what}\n{where}"


def _case(record: Record) -> str:
    return f"Sprout: Cases > search for {record.state['case']}."


def _case_gone() -> str:
    return (
        " Close it, clear its notes and tags; a case itself cannot be deleted. Ask Sprout's support (Help > Contact) "
        "to remove it for good."
    )


def _message(record: Record) -> str:
    link = record.state["link"] or "Sprout has no link to it: find it by its day"
    return f"{link}\nIn Sprout: Inbox > the message ({record.state['message']})."


def _message_gone(record: Record) -> str:
    menu = MENUS.get(record.state["network"], ELSEWHERE)
    return (
        f"\nDelete it on its network: {menu}. Then take it out of Sprout: at the message > ... > Delete or Hide, where "
        "that is offered. What is still there is looked for again."
    )
