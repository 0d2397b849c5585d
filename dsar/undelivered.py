"""A letter of ours that did not arrive: what is known of it, and what a person is asked to do."""

import re

from dsar.case import Owner
from dsar.frozen import Frozen
from dsar.letters import LetterKind

STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
"""An enhanced status code (RFC 3463)."""
UNKNOWN = "no code"

TO_STAFF = frozenset({LetterKind.TASK, LetterKind.ALARM, LetterKind.FRAUD, LetterKind.PROPOSAL})

_SUBJECTS = {
    "1": "the address is not, or no longer, one that can be written to",
    "2": "the mailbox is full, closed, or cannot take it",
    "3": "the mail server there cannot take it",
    "4": "no way leads to the mail server there",
    "5": "the mail servers did not understand each other",
    "6": "its form is not taken there",
    "7": "it is refused by a rule, there or at our own mail server",
}
"""What the second figure says (RFC 3463, 2.3)."""


class LetterBack(Frozen):
    """What is known of it. No personal data: neither the address nor a word of the other server's."""

    letter: str
    """Its id within its request: the kind, and what tells it from others of that kind: `answer`, `code:2`."""
    status: str = UNKNOWN
    """`5.1.1`, or `UNKNOWN`."""
    tried_on: bool = False
    """It has not left the house: our own mail server refuses it, and is asked again and again."""

    @property
    def kind(self) -> str:
        """A `LetterKind`."""
        return self.letter.partition(":")[0]

    @property
    def to_staff(self) -> bool:
        """Whether it was for one of our own people."""
        return self.kind in TO_STAFF

    @property
    def owner(self) -> Owner:
        """Who hears of it: of a letter to the privacy lead, the deputy, whose mailbox is another one."""
        return Owner.DEPUTY if self.to_staff and not self.letter.endswith(Owner.DEPUTY) else Owner.PRIVACY_LEAD


def told(letter: str) -> str:
    """The journal's step by which it is known that somebody hears of it."""
    return f"undelivered:{letter}"


def settled(letter: str) -> str:
    """The journal's step by which it is known that somebody has seen to it."""
    return f"undelivered:{letter}:settled"


OUTCOMES = "done = they know, or it has arrived after all; not_found, exception = there is no other way."


def title(back: LetterBack) -> str:
    """What the task is called."""
    if back.to_staff:
        return "Our letters to one of our own people do not arrive"
    return f"The letter '{back.kind}' did not arrive: reach the person another way"


def instructions(back: LetterBack) -> str:
    """What whoever gets the task reads."""
    subject = back.status.split(".")[1] if STATUS.fullmatch(back.status) else ""
    means = _SUBJECTS.get(subject, "what that means is not known")
    if back.tried_on:
        how = (
            "Our own mail server refuses it, and is asked again and again until this task is finished. See to the mail "
            "server first."
        )
    else:
        how = (
            "If a mail server has reported that, the report lies in the mailbox. Anybody can forge one: read it before "
            "you believe it."
        )
    if back.to_staff:
        what = (
            "See to the addresses in policy.toml and to the mailbox. What there is to do stands in `tasks` meanwhile."
        )
    else:
        what = (
            "The person has not read it, and no date waits for that. Tell them what it says on another way that you "
            "know already, by telephone or post; never at an address that the report or a stranger names."
        )
    return f"The letter '{back.kind}' came back: {back.status} ({means}). {how}\n\n{what}"
