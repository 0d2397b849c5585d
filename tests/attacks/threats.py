"""What somebody may try with a request for somebody's data, and the mark by which a test says that it tries it."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T", bound=Callable[..., Any])


class Threat(StrEnum):
    """Each in a sentence. `test_every_threat.py` sees that none is without an attack."""

    FORGED_SENDER = "A mail or a form in somebody else's name."
    REDIRECTED_ANSWER = "Headers that would have the answer sent elsewhere."
    TAKEN_MAILBOX = "Somebody reads the person's mail, and has nothing else."
    KNOWN_FACTS = "What everybody can find out is offered as proof."
    ORACLE = "Asking in order to see whom the company knows."
    CHANGED_CONTACT = "The address is changed first, and the data asked for next."
    TOO_MUCH_PROOF = "Papers that nobody asked for stay with the company."
    FORGED_AGENT = "Somebody says that they speak for the person."
    MALICIOUS_DELETION = "Somebody has another person's data erased."
    NAMESAKE = "Two people share a name, an address, a telephone."
    THIRD_PARTIES = "A copy holds other people's data."
    FORBIDDEN_NUMBERS = "A copy holds what must never be sent."
    STRAY_LINK = "A download link in the wrong hands, or opened by a machine."
    DATA_IN_THE_OPEN = "Personal data in histories, logs, ids, the ledger."
    RESURRECTION = "What was erased comes back by an import or a backup."
    DOUBLE_EFFECT = "The same is handed in, pressed or delivered twice."
    HOSTILE_CONTENT = "Text, rows and files that are to run, overflow or escape somewhere."
    FLOOD = "Very much of everything."
    FORGED_FORM = "Another site sends our forms from the person's browser."
    OUR_OWN_PEOPLE = "Somebody of ours goes too far, or changes the evidence."


def against(_: Threat) -> Callable[[T], T]:
    """The test is an attack of this kind."""
    return lambda test: test
