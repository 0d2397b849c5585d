"""The words by which a mail is seen to ask for a right: tables, one a language. Matched on text in small letters.

Each gap between two words is bounded, so that no text, however long or odd, takes more than linear time.
"""

import re
from typing import NamedTuple

from dsar.requests import Right

PLAIN = 2
"""Says it outright."""
HINT = 1
"""May mean it: not enough by itself."""


class Phrase(NamedTuple):
    """One way of asking for a right."""

    right: Right
    says: str
    """The explanation: words of ours, nothing of the mail."""
    pattern: re.Pattern[str]
    weight: int = PLAIN


def _near(verbs: str, objects: str, gap: int = 60) -> str:
    """One before the other in one sentence."""
    return rf"\b(?:{verbs})\b[^.!?;]{{0,{gap}}}?\b(?:{objects})"


def _either(one: str, other: str) -> str:
    """Beside each other in one sentence, in any order."""
    return f"{_near(one, other)}|{_near(other, one)}"


def _phrases(*rows: tuple[Right, str, str, int]) -> tuple[Phrase, ...]:
    return tuple(Phrase(right, says, re.compile(pattern), weight) for right, says, pattern, weight in rows)


def _article(number: int, law: str = r"(?:of the |of |du |der )?(?:uk )?(?:gdpr|dsgvo|ds-gvo|rgpd)") -> str:
    return rf"\bart(?:icle|ikel|[íi]culo|\.)?\s{{0,2}}{number}\b[^.!?;]{{0,20}}?{law}"


_NOT_MINE = r"(?!(?:\w{1,20} )?(?:clients?|customers?|users?|company|website|site|app|project|portfolio|brand)\b)"
MINE = (
    rf"my {_NOT_MINE}(?:[\w'-]{{1,20}} (?:and |or )?){{0,3}}?(?:data|information|info|details|profile|records?)\b"
    r"|my (?:\w{1,20} )?accounts?\b(?! (?:manager|executive|number))"
    r"|(?:everything|anything|all|whatever|what|data|information|info|details|records?)\b[^.!?;]{0,40}?"
    r"\b(?:about|on|of|concerning|regarding|relating to) (?:me|myself)\b"
)
_LISTS = r"(?:mailing |email |e-mail |marketing )?(?:lists?|newsletters?|emails|e-mails|mailings?)\b"

ENGLISH = _phrases(
    (Right.DELETE, "asks to delete their data",
     _near(r"delet\w*|eras\w{1,4}|remov\w{1,4}|wip(?:e|ing)|purg\w{1,4}|destroy\w*|get rid of|scrub", MINE), PLAIN),
    (Right.DELETE, "asks to be deleted or forgotten", r"\b(?:delete|forget|erase) me\b", PLAIN),
    (Right.DELETE, "asks to be taken out of our systems",
     r"\b(?:remove|delete|erase) me from your (?:\w{1,20} ){0,2}(?:database|systems?|records|crm|files|servers?)",
     PLAIN),
    (Right.DELETE, "names the right to deletion",
     rf"\bright to (?:be forgotten|erasure|delet\w+)|1798\.105|{_article(17)}", PLAIN),
    (Right.DELETE, "speaks of deletion", r"\b(?:data )?(?:deletion|erasure) request|\bclose my account\b", HINT),
    (Right.ACCESS, "asks for a copy of their data", _near(r"cop(?:y|ies)|export|download|extract", MINE), PLAIN),
    (Right.ACCESS, "asks for access to their data", _near(r"access(?:ing)?(?: to)?", MINE, 25), PLAIN),
    (Right.ACCESS, "asks to be sent their data", _near(r"(?:send|give|provide|supply)(?: me)?(?: with)?", MINE), PLAIN),
    (Right.ACCESS, "names the right of access",
     rf"\bsubject access request|\bdsar\b|\bright (?:of|to) access\b|{_article(15)}", PLAIN),
    (Right.KNOW, "asks what is held about them",
     (r"\bwhat (?:\w{1,20} ){0,3}?(?:do|does|did|have|has|are|is)? ?(?:you|your \w{1,20}) (?:\w{1,20} ){0,3}?"
     r"(?:know|have|hold|keep|collect\w*|store|stored|got)\b[^.!?;]{0,40}?\b(?:about|on|of) (?:me|myself)\b"), PLAIN),
    (Right.KNOW, "asks which data is held",
     (r"\bwhat (?:personal )?(?:data|information) (?:do |have )?you (?:\w{1,20} )?"
     r"(?:have|hold|keep|collect\w*|store|got|process)"), PLAIN),
    (Right.KNOW, "asks who received their data",
     _near(r"whom?|which (?:third parties|companies|vendors|partners)",
           rf"(?:shar|sold|sell|disclos|pass)\w*[^.!?;]{{0,40}}?\b(?:{MINE})"), PLAIN),
    (Right.KNOW, "names the right to know", r"\bright to know\b|1798\.1(?:00|10|15)\b|\brequest to know\b", PLAIN),
    (Right.KNOW, "asks for categories of data", r"\bcategories of (?:personal )?(?:data|information)", PLAIN),
    (Right.KNOW, "asks to be told about their data", _near(r"disclose|inform me|tell me", MINE), HINT),
    (Right.PORTABILITY, "asks for data to take elsewhere",
     rf"\bportab\w+|\bmachine[- ]readable\b|{_article(20)}", PLAIN),
    (Right.PORTABILITY, "speaks of moving their data", _near(r"transfer|transmit|port", MINE), HINT),
    (Right.CORRECT, "asks to correct their data", _near(r"correct|rectify|amend", MINE), PLAIN),
    (Right.CORRECT, "names the right to correction",
     rf"\bright to (?:correct\w*|rectification)|\brectification\b|1798\.106|{_article(16)}", PLAIN),
    (Right.CORRECT, "speaks of a change to their data",
     _near(r"correct|fix|update|change|amend",
           r"my (?:\w{1,20} ){0,2}(?:name|surname|address|e-?mail|phone|data|information|details|records?)\b"), HINT),
    (Right.OPT_OUT, "asks not to sell or share their data",
     (r"\b(?:do not|don't|dont|stop|never|cease|not to|no longer|refrain from)\b[^.!?;]{0,40}?"
     r"\b(?:sell|selling|share|sharing)\b[^.!?;]{0,40}?\b(?:my|me|personal)\b"), PLAIN),
    (Right.OPT_OUT, "opts out of sale, sharing or tracking",
     _near(r"opt(?:ed|ing)?[- ]?(?:me )?out", r"sale|sell\w*|shar\w+|targeted|advertis\w+|tracking|profiling"), PLAIN),
    (Right.OPT_OUT, "names the right to opt out", r"\bright to opt[- ]?out\b|1798\.120", PLAIN),
    (Right.OPT_OUT, "speaks of opting out", r"\bopt(?:ing)?[- ]?(?:me )?out\b", HINT),
    (Right.LIMIT, "asks to limit the use of sensitive data",
     _near(r"limit\w*|restrict\w*", r"sensitive (?:personal )?(?:data|information)") + r"|1798\.121", PLAIN),
    (Right.WITHDRAW, "withdraws a consent",
     _near(r"withdraw\w*|revok\w+|take back|rescind", r"consents?|permissions?"), PLAIN),
    (Right.WITHDRAW, "does not want our newsletter",
     rf"\bunsubscrib\w*|{_near('take me off|remove me from|stop sending me|stop emailing me', _LISTS)}", HINT),
    (Right.RESTRICT, "asks to restrict what is done with their data",
     _near(r"restrict\w*", rf"processing|{MINE}") + rf"|{_article(18)}", PLAIN),
    (Right.OBJECT, "objects to the use of their data",
     _near(r"i (?:\w{1,20} ){0,3}?object|right to object|objection",
           rf"processing|profiling|marketing|use|using|{MINE}") + rf"|{_article(21)}", PLAIN),
    (Right.OBJECT, "asks to stop using their data",
     (r"\b(?:do not|don't|stop|cease|no longer)\b[^.!?;]{0,20}?\b(?:us(?:e|ing)|process(?:ing)?|profiling)\b"
     rf"[^.!?;]{{0,20}}?\b(?:{MINE})"), PLAIN),
    (Right.APPEAL, "appeals against an answer",
     _either("appeal(?:ing)?", "decision|refusal|denial|denied|privacy request|data request"), PLAIN),
    (Right.COMPLAINT, "complains about how data is handled",
     _near("complain(?:t|ts|ing)?", rf"privacy|data protection|personal data|gdpr|ccpa|{MINE}"), PLAIN),
)  # fmt: skip

_MEINE = (
    r"(?:all )?mein(?:e|er|en)? (?:[\wäöüß-]{1,24} ){0,2}?(?:daten|angaben|informationen|konto|profil)\b"
    r"|(?:daten|informationen|angaben)\b[^.!?;]{0,40}?\b(?:über mich|von mir|zu meiner person)\b"
)

GERMAN = _phrases(
    (Right.DELETE, "asks to delete their data (German)",
     _either(r"l(?:ö|oe)sch\w*|entfern\w*|vernicht\w*", _MEINE)
     + r"|\brecht auf (?:l(?:ö|oe)schung|vergessenwerden)", PLAIN),
    (Right.ACCESS, "asks for a copy of their data (German)",
     _either(r"auskunft\w*|kopie|einsicht\w*", rf"{_MEINE}|über mich") + r"|\brecht auf auskunft|\bauskunftsersuchen",
     PLAIN),
    (Right.ACCESS, "asks what is held about them (German)", (r"\bwelche (?:[\wäöüß]{1,24} ){0,2}?daten\b[^.!?;]{0,40}?"
     r"\b(?:über mich|von mir)\b"), PLAIN),
    (Right.CORRECT, "asks to correct their data (German)", _either(r"berichtig\w*|korrigier\w*", _MEINE), PLAIN),
    (Right.PORTABILITY, "asks for data to take elsewhere (German)", r"\bdaten(?:ü|ue)bertragbarkeit", PLAIN),
    (Right.WITHDRAW, "withdraws a consent (German)", _either(r"widerruf\w*", r"einwilligung\w*|zustimmung"), PLAIN),
    (Right.WITHDRAW, "does not want our newsletter (German)", r"\bnewsletter\b[^.!?;]{0,20}?\babbestell\w*", HINT),
    (Right.OBJECT, "objects to the use of their data (German)",
     _either(r"widersprech\w*|widerspruch", rf"verarbeitung|nutzung|werbung|{_MEINE}"), PLAIN),
    (Right.RESTRICT, "asks to restrict what is done with their data (German)",
     r"\beinschr(?:ä|ae)nkung der verarbeitung", PLAIN),
)  # fmt: skip

_MIS = (
    r"(?:todos )?mis (?:[\wáéíóúñ]{1,24} )?(?:datos|informaci[oó]n)|mi (?:cuenta|perfil|informaci[oó]n)\b"
    r"|(?:datos|informaci[oó]n)\b[^.!?;]{0,40}?\bsobre m[ií]\b"
)

SPANISH = _phrases(
    (Right.DELETE, "asks to delete their data (Spanish)",
     _near(r"elimin\w*|borr\w*|suprim\w*|supresi[oó]n", _MIS) + r"|\bderecho (?:al olvido|de supresi[oó]n)", PLAIN),
    (Right.ACCESS, "asks for a copy of their data (Spanish)",
     _near(r"copia|acceso|acceder", _MIS) + r"|\bderecho de acceso", PLAIN),
    (Right.KNOW, "asks what is held about them (Spanish)",
     r"\bqu[eé] (?:datos|informaci[oó]n)\b[^.!?;]{0,40}?\bsobre m[ií]\b", PLAIN),
    (Right.CORRECT, "asks to correct their data (Spanish)", _near(r"rectific\w*|corr[ei]g\w*", _MIS), PLAIN),
    (Right.PORTABILITY, "asks for data to take elsewhere (Spanish)", r"\bportabilidad", PLAIN),
    (Right.WITHDRAW, "withdraws a consent (Spanish)", _near(r"retir\w*|revoc\w*|revoqu\w*", "consentimiento"), PLAIN),
    (Right.OBJECT, "objects to the use of their data (Spanish)",
     _near(r"opong\w*|oponerme|oposici[oó]n", rf"tratamiento|marketing|uso|{_MIS}"), PLAIN),
    (Right.OPT_OUT, "asks not to sell or share their data (Spanish)",
     _near(r"no (?:vend|compart)\w+", _MIS), PLAIN),
)  # fmt: skip

PHRASES = (*ENGLISH, *GERMAN, *SPANISH)

DECLARED = re.compile(r"\b(?:ccpa|cpra|gdpr|dsgvo|rgpd|dsar|privacy|data (?:subject|privacy))[ -]request\b")
"""What the published policy asks Californians to put in the subject, and its sisters."""

RIGHTS_TALK = re.compile(
    r"\bmy (?:\w{1,20} ){0,2}?(?:privacy|data|ccpa|gdpr) rights?\b"
    r"|\b(?:under|pursuant to|according to) (?:the )?(?:ccpa|cpra|gdpr|california consumer privacy act)\b"
    r"|\b(?:ccpa|cpra|gdpr|dsar|privacy|data subject)[ -]request\b|\bdatenschutzanfrage\b"
)
"""Speaks of rights without naming one."""

NEGATED_BEFORE = re.compile(
    r"(?:\b(?:not|never|without|cannot|no need to|nicht|keine?|sin)\b|n't\b)[^,.;:!?]{0,30}$|\bno (?:quiero que )?$"
)
NEGATED_AFTER = re.compile(r"^[^,.;:!?]{0,20}\bnicht\b")
"""German puts it last."""
SUPPOSED_BEFORE = re.compile(
    r"\b(?:how (?:do|can|could|would|should|to)|what happens|wondering|in case|wie kann|c[oó]mo puedo"
    r"|(?:if|when|whether) (?:i|we|you|someone|anyone|a user|users|a customer|customers))\b[^.;:!?]{0,40}$"
)
"""Asks how, or what if: not yet asked for."""

AGENT = re.compile(
    r"\bon behalf of\b|\bauthori[sz]ed agent\b|\bpower of attorney\b|\bim auftrag\b|\bim namen (?:von|meine[rs])\b"
    r"|\ben nombre de\b|\bmy (?:mother|father|mom|dad|wife|husband|son|daughter|spouse|partner|parents|client)\b"
)
"""Somebody writes for somebody else."""
