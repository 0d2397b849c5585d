"""What a person decided about a mail, as the desk takes it."""

from pydantic import ValidationError

from activities.mail_questions import NOTE
from dsar.mail_note import MailNote, Purpose, rights_named, submission
from dsar.requests import Right
from dsar.submission import Submission
from intake.refusals import Refused

NO_REQUEST = frozenset({Purpose.PASSPHRASE, Purpose.UNDELIVERED})
"""What is nobody's mail: no word of a note makes a request of it."""

__all__ = ["NOTE", "rights_decided", "submission_decided"]


def rights_decided(note: MailNote, words: str) -> tuple[Right, ...]:
    """The rights that whoever says "done" means: those that they name; of a possible request, else those proposed.

    Raises:
        Refused: their note names none, or nothing was proposed.
    """
    if note.purpose in NO_REQUEST or (note.purpose is Purpose.ANSWER and not words.strip()):
        return ()
    try:
        named = rights_named(words)
    except ValueError as error:
        raise Refused(str(error)) from None
    if not named and not note.rights:
        raise Refused("which right? The note names it: --note delete")
    return named or note.rights


def submission_decided(note: MailNote, rights: tuple[Right, ...]) -> Submission:
    """The request that a mail is.

    Raises:
        Refused: it cannot be one by itself.
    """
    try:
        return submission(note, rights)
    except ValidationError:
        raise Refused("the mail's sender is not an address that a request can have") from None
    except ValueError as error:
        raise Refused(str(error)) from None
