"""What a mail is: a request, perhaps one, none, or nobody's. Each verdict says why, in our words, never in the mail's.

The cheap mistake is to ask a person; the dear one is to start what nobody asked for, or to leave alone what somebody
did. So only plain words start a request, and only a mail without any sign of one is left alone.
"""

import re
import unicodedata
from enum import StrEnum

from dsar.frozen import Frozen
from dsar.mail_phrases import (
    AGENT,
    DECLARED,
    HINT,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    PHRASES,
    PLAIN,
    RIGHTS_TALK,
    SUPPOSED_BEFORE,
    Phrase,
)
from dsar.mail_text import own_words
from dsar.requests import Right
from dsar.submission import NEEDS

WINDOW = 80
"""How many characters around a phrase can turn its meaning."""

ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_QUOTES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0xA0: " "}

BROKEN = "its form is broken: there may be more in it than can be read here"

AWAY = re.compile(
    r"\s*(?:automatic reply|auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office|automatische antwort"
    r"|abwesenheits\w{1,20}|respuesta autom[aá]tica|r[eé]ponse automatique|risposta automatica|automatisch antwoord"
    r"|resposta autom[aá]tica)\b",
    re.IGNORECASE,
)
"""How the subject of an absence note begins; a person's answer to one begins with `Re:`."""

NAMELESS = frozenset({"statement"})
"""What a right needs and the mail's own text is."""


class Verdict(StrEnum):
    """What becomes of a mail."""

    REQUEST = "request"
    UNCLEAR = "unclear"
    """A person reads it."""
    NOT_A_REQUEST = "not_a_request"
    AUTOMATIC = "automatic"
    """A machine wrote it, or we did."""


class Marks(Frozen):
    """What a mail's headers say of how it came to be."""

    auto_submitted: str = ""
    """RFC 3834: `auto-replied`, `auto-generated`, `no`; in small letters, without its parameters."""
    precedence: str = ""
    list_mail: bool = False
    """It has a List-Id, or another header of mailing lists (RFC 2919, 2369)."""
    auto_response: bool = False
    """X-Autoreply and its like, from before RFC 3834."""
    asks_for_no_response: bool = False
    """X-Auto-Response-Suppress: Exchange's own absence notes have it, and say `auto-generated` of themselves."""
    bounce: bool = False
    """The null sender, or a delivery report (RFC 3464)."""
    ours: bool = False
    """We sent it: our sender, or our Message-ID."""


class Mail(Frozen):
    """What the rules look at. Personal data."""

    subject: str = ""
    text: str = ""
    sender: str | None = None
    """The address that it claims to come from."""
    marks: Marks = Marks()
    truncated: bool = False
    """It was too long to be read to its end."""
    broken: bool = False
    """Its headers break off: what follows them may be more headers, and what is read as text may be encoded."""


class Judgement(Frozen):
    """A verdict, and why. Without personal data: `why` are words of the rules."""

    verdict: Verdict
    why: tuple[str, ...]
    rights: tuple[Right, ...] = ()
    """REQUEST: what can be started at once. UNCLEAR: what it may be about."""
    incomplete: tuple[Right, ...] = ()
    """Asked for too, but a person has to read the details first: which consent, what is to be corrected."""


def judge(mail: Mail) -> Judgement:
    """Decide what a mail is."""
    if machine := _machine(mail.marks, mail.subject):
        return Judgement(verdict=Verdict.AUTOMATIC, why=(machine,))
    own, quoted = own_words(mail.text)
    said = _plainly(f"{mail.subject}. \n{own}")
    declared = DECLARED.search(_plainly(mail.subject)) is not None
    weights, why = _evidence(said, declared=declared)
    if declared:
        why.insert(0, "the subject says that it is a request")
    elif RIGHTS_TALK.search(said):
        why.append("speaks of privacy rights")
    if not why:
        return _without_own_sign(quoted, broken=mail.broken)
    asked = [right for right in Right if weights.get(right, 0) >= PLAIN]
    doubts = _doubts(mail, said, asked)
    ready = [right for right in asked if not set(NEEDS.get(right, ())) - NAMELESS]
    if doubts or not ready:
        return Judgement(verdict=Verdict.UNCLEAR, why=(*why, *doubts), rights=tuple(r for r in Right if r in weights))
    return Judgement(
        verdict=Verdict.REQUEST,
        why=tuple(why),
        rights=tuple(ready),
        incomplete=tuple(right for right in asked if right not in ready),
    )


def by_machine(mail: Mail) -> bool:
    """Whether a program may have written it although somebody may have had it do so: it is no person's word."""
    return mail.marks.auto_submitted == "auto-generated" or AWAY.match(mail.subject) is not None


def _plainly(text: str) -> str:
    """Small letters, one space between words, no letters that cannot be seen."""
    shown = unicodedata.normalize("NFKC", text.lower()).translate(_INVISIBLE)
    return re.sub(r"[ \t\r\f\v]*\n[ \t\r\f\v\n]*\n\s*", ". ", shown.translate(_QUOTES)).replace("\n", " ")


def _machine(marks: Marks, subject: str) -> str:
    """Why nobody wrote it; empty where somebody may have."""
    if marks.ours:
        return "we sent it ourselves"
    if marks.bounce:
        return "a report of a mail server"
    if marks.list_mail or marks.precedence in {"bulk", "list", "junk"}:
        return "sent to many"
    answered = marks.auto_response or marks.precedence in {"auto_reply", "auto-reply"}
    if answered or marks.auto_submitted not in {"", "no", "auto-generated"}:
        return "answered by a machine"
    if AWAY.match(subject) and (marks.asks_for_no_response or marks.auto_submitted == "auto-generated"):
        return "answered by a machine: an absence note"
    return ""


def _evidence(said: str, *, declared: bool) -> tuple[dict[Right, int], list[str]]:
    """How plainly each right is asked for, and by which phrases."""
    weights: dict[Right, int] = {}
    why: list[str] = []
    for phrase in PHRASES:
        if found := _meant(phrase, said):
            weight, says = found
            weights[phrase.right] = max(weights.get(phrase.right, 0), weight)
            why.append(says)
    if declared:  # whoever says that it is a request means what is only hinted at
        weights = {right: weight + HINT for right, weight in weights.items()}
    return weights, why


def _meant(phrase: Phrase, said: str) -> tuple[int, str] | None:
    """How plainly a phrase is said where it is said most plainly."""
    best: tuple[int, str] | None = None
    for match in phrase.pattern.finditer(said):
        before = said[max(0, match.start() - WINDOW) : match.start()]
        after = said[match.end() : match.end() + WINDOW]
        if NEGATED_BEFORE.search(before) or NEGATED_AFTER.search(after):
            found = (0, f"{phrase.says}, but the sentence is negated")
        elif SUPPOSED_BEFORE.search(before):
            found = (0, f"{phrase.says}, but only asks how, or if")
        else:
            return phrase.weight, phrase.says
        best = best or found
    return best


def _doubts(mail: Mail, said: str, asked: list[Right]) -> list[str]:
    """Why a person has to read it although it asks plainly."""
    others = {match.lower() for match in ADDRESS.findall(said)} - {(mail.sender or "").lower()}
    return [
        doubt
        for doubt, holds in (
            ("names no right plainly", not asked),
            ("somebody writes for somebody else", AGENT.search(said) is not None),
            ("names another address than the sender's", bool(others)),
            ("does not say who sends it", mail.sender is None),
            ("sent by a machine", by_machine(mail)),
            ("too long to be read to its end", mail.truncated),
            (BROKEN, mail.broken),
        )
        if holds
    ]


def _without_own_sign(quoted: str, *, broken: bool) -> Judgement:
    """Only what it quotes, or nothing at all, may speak of a request."""
    weights, why = _evidence(_plainly(quoted), declared=False)
    if PLAIN in weights.values():
        says = "only what it quotes or forwards speaks of a request"
        return Judgement(verdict=Verdict.UNCLEAR, why=(says, *why), rights=tuple(r for r in Right if r in weights))
    if broken:
        return Judgement(verdict=Verdict.UNCLEAR, why=(BROKEN,))
    return Judgement(verdict=Verdict.NOT_A_REQUEST, why=("no word of a request",))
