"""What is written to people. Pure text: the same facts give the same letter, so that its hash is evidence."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from dsar.alarms import Alarm, AlarmKind
from dsar.frozen import Frozen
from dsar.outcomes import Result
from dsar.policy import Controller
from dsar.records import OutcomeKind
from dsar.requests import Right


class LetterKind(StrEnum):
    """Each letter that exists; one of a kind is sent once, however often its step is repeated."""

    ACKNOWLEDGEMENT = "acknowledgement"
    CODE = "code"
    EXTENSION = "extension"
    ANSWER = "answer"
    DENIAL = "denial"
    CANCELLATION = "cancellation"
    RELEASE = "release"
    """What had to be kept has been erased."""
    ALARM = "alarm"
    TASK = "task"


class Letter(Frozen):
    """A letter without its address."""

    kind: LetterKind
    subject: str
    body: str


RIGHT_IN_WORDS: dict[Right, str] = {
    Right.ACCESS: "a copy of your personal data",
    Right.PORTABILITY: "your personal data in a machine-readable form",
    Right.DELETE: "the deletion of your personal data",
}


def acknowledgement(right: Right, controller: Controller, request_id: str, answer_by: date, code: str) -> Letter:
    """We have the request, how it is verified, and when an answer comes (11 CCR 7021(a))."""
    return _letter(
        LetterKind.ACKNOWLEDGEMENT,
        "We have received your request",
        controller,
        request_id,
        f"We have received a request for {RIGHT_IN_WORDS[right]}.",
        "Before we act we make sure that the request is yours. Please confirm it with this code:",
        f"    {code}",
        f"You will have our answer by {_day(answer_by)}. If you did not ask for this, do nothing: "
        "without the code nothing is changed and nothing is disclosed.",
    )


def another_code(controller: Controller, request_id: str, code: str) -> Letter:
    """A fresh code; the one before is dead."""
    return _letter(
        LetterKind.CODE,
        "Your new code",
        controller,
        request_id,
        "This is your new code. The one before it no longer works:",
        f"    {code}",
    )


def extension(controller: Controller, request_id: str, reason: str, answer_by: date) -> Letter:
    """More time is needed: told within the first period, with the reason (Cal. Civ. Code 1798.130(a)(2)(A))."""
    return _letter(
        LetterKind.EXTENSION,
        "We need more time for your request",
        controller,
        request_id,
        f"We need more time to answer you. The reason: {reason}",
        f"You will have our answer by {_day(answer_by)}.",
    )


def denial(right: Right, controller: Controller, request_id: str) -> Letter:
    """Not verified in time: denied with reasons, never closed in silence (11 CCR 7021(b))."""
    ask = (
        "If you would like us to stop selling or sharing your personal data instead, reply to this letter: "
        "for that we need no proof."
        if right is Right.DELETE
        else "What we collect in general, and why, is described in our privacy policy."
    )
    return _letter(
        LetterKind.DENIAL,
        "We could not carry out your request",
        controller,
        request_id,
        f"You asked for {RIGHT_IN_WORDS[right]}. We could not make sure that the request is yours, because the code "
        "that we sent was not entered, and so we have to deny it. Nothing was changed and nothing was disclosed.",
        ask,
        _complain(controller),
    )


def cancellation(controller: Controller, request_id: str) -> Letter:
    """The request was cancelled and everything is as it was."""
    return _letter(
        LetterKind.CANCELLATION,
        "Your request was cancelled",
        controller,
        request_id,
        "The request was cancelled before anything was erased. What had been set aside has been put back as it was.",
    )


def answer(right: Right, controller: Controller, request_id: str, result: Result, titles: dict[str, str]) -> Letter:
    """The answer: what was done, what was not, why, until when, and how to complain."""
    if result.nothing_found:
        lines = ["We looked in all of our systems and hold no personal data under the details that you gave us."]
    elif right is Right.DELETE:
        lines = _deletion(result, titles)
    else:
        lines = _copy(result)
    if result.unreached:
        lines.append(f"We could not get an answer from: {', '.join(result.unreached)}. Write to us about these.")
    return _letter(
        LetterKind.ANSWER, "The answer to your request", controller, request_id, *lines, _complain(controller)
    )


def download(letter: Letter, url: str, valid_until: date) -> Letter:
    """The answer with its link. The link is useless without the passphrase given when the request was made."""
    words = (
        f"Your data is ready here, until {_day(valid_until)}:\n\n    {url}\n\n"
        "You will be asked for the passphrase that you were given when the request was made. The link works once."
    )
    return letter.model_copy(update={"body": words + "\n\n" + letter.body})


def to_pass_on(letter: Letter) -> Letter:
    """The same for the privacy lead to pass on, where no address is on file: an answer is owed all the same."""
    words = "There is no address on file for this request. Pass this on to the person, the way you reached them:\n\n"
    return letter.model_copy(update={"subject": f"[Pass on] {letter.subject}", "body": words + letter.body})


def release(controller: Controller, request_id: str, records: int) -> Letter:
    """What was retained has been erased."""
    return _letter(
        LetterKind.RELEASE,
        "What we had to keep has been erased",
        controller,
        request_id,
        f"When you asked us to delete your data, the law made us keep {_records(records)}. "
        "The time is over, and they have now been erased.",
    )


def alarm(kind_of: Alarm, right: Right, request_id: str, due: date, safe: date) -> Letter:
    """To the privacy lead and the deputy: a request's time is running out."""
    headline = {
        AlarmKind.WARNING: f"{kind_of.days_left} days left",
        AlarmKind.ESCALATION: "ESCALATION: answer now",
        AlarmKind.LAST_DAY: "LAST DAY: the legal deadline is today",
    }[kind_of.kind]
    return Letter(
        kind=LetterKind.ALARM,
        subject=f"[{headline}] Request {request_id}",
        body=f"The request {request_id} ({right}) is not answered.\n\nSafe date:  {safe}\nLegal date: {due}\n\n"
        f"See what it waits for:  python starter.py status {request_id}\n",
    )


def task_opened(request_id: str, task_id: str, title: str, due: str) -> Letter:
    """To whoever owns a task. The instructions stay in the system: mail is no place for identifiers."""
    return Letter(
        kind=LetterKind.TASK,
        subject=f"[Task, due {due}] {title}",
        body=f"The request {request_id} needs you: {title}.\n\nRead it:    python starter.py tasks {task_id}\n"
        f"Finish it:  python starter.py resolve {task_id} done|not_found|exception\n",
    )


def _deletion(result: Result, titles: dict[str, str]) -> list[str]:
    lines = []
    for tally in result.tallies:
        gone = tally.of(OutcomeKind.ERASED) + tally.of(OutcomeKind.ANONYMISED)
        accepted = tally.of(OutcomeKind.ACCEPTED)
        refused = tally.of(OutcomeKind.REFUSED)
        title = titles[tally.system]
        if gone:
            lines.append(f"  - {title}: {_records(gone)} erased.")
        if accepted and tally.check_after:
            lines.append(
                f"  - {title}: the deletion of {_records(accepted)} is ordered and will be finished there by "
                f"{_day(tally.check_after.date())}. We will look again then."
            )
        if refused:
            lines.append(f"  - {title}: {_records(refused)} not erased: {'; '.join(tally.reasons)}.")
    text = ["We have carried out your deletion request:\n\n" + "\n".join(lines)] if lines else []
    if result.kept:
        text.append(
            "These we must keep for now. They are used for nothing else, and erased when the time is over:\n\n"
            + "\n".join(
                f"  - {titles[kept.system]}: {_records(kept.records)} ({kept.category}), "
                f"{'until ' + _day(kept.until) if kept.until else 'as long as the hold lasts'}. Reason: {kept.basis}."
                for kept in result.kept
            )
        )
    return text


def _copy(result: Result) -> list[str]:
    count = result.total(OutcomeKind.EXPORTED)
    return [f"The package holds {_records(count)}: report.html to read, data/ for machines, and the files themselves."]


def _complain(controller: Controller) -> str:
    return (
        f"If you disagree, write to {controller.contact} and a person will look at it again. "
        "You can also complain to your data protection authority (in California: the California Privacy Protection "
        "Agency, cppa.ca.gov, or the Attorney General)."
    )


def _letter(kind: LetterKind, subject: str, controller: Controller, request_id: str, *paragraphs: str) -> Letter:
    body: Sequence[str] = ("Hello,", *paragraphs, f"{controller.name}\n{controller.contact}\nRequest {request_id}")
    return Letter(kind=kind, subject=subject, body="\n\n".join(body) + "\n")


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
