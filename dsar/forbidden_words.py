"""The words that name what never leaves, and the value that stands after them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dsar import checksums
from dsar.forbidden_kinds import Forbidden

_NEAR = 150


@dataclass(frozen=True)
class Rule:
    """One way to name a kind in a text."""

    kind: Forbidden
    words: tuple[str, ...]
    """What the pattern begins with, in lower case: it is tried there only."""
    pattern: re.Pattern[str]
    """The value is the one of its named groups that took part."""
    holds: Callable[[re.Match[str]], bool] = lambda _: True


def value_of(match: re.Match[str]) -> tuple[int, int]:
    """Where the value is."""
    return next(span for name in match.re.groupindex if (span := match.span(name)) != (-1, -1))


def says_something(value: str) -> bool:
    """Whether this can be a secret: no filler, no row of asterisks, not what we put there ourselves."""
    plain = value.strip("\"'`.,;:!?()").lower()
    return plain not in _STOP and not set(plain) <= set("*\u2022x.-_ ") and not value.startswith("[held")


DASHES = r"\u2010\u2011\u2012\u2013\u2212\-"
"""Within a character class."""
_GAP = rf"(?:[\s:=#>\"'|,;.()*_\u00a0{DASHES}]|</?\w[^<>]{{0,80}}>){{0,12}}"
"""Between a word and its value: punctuation, a line's end, the tags of a table."""
_NUMBER = r"(?:\s?(?:numbers?|no|num|nr|id|code|\#)(?![a-z]))?"
_IS = r"(?:\s(?:is|was|are))?"
_BY = rf"[{DASHES}\u00a0 .]?"
_ROW = r"\d(?:[ -]?\d){4,20}(?!\d)"
_CODE = r"(?:[a-z]{1,3}[ -])?[a-z0-9]{0,20}\d[a-z0-9]{0,20}(?:[ ./-][a-z0-9]{0,12}\d[a-z0-9]{0,12}){0,5}(?![a-z0-9])"
_DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d{2}|(?:19|20)\d{2}-(?:19|20)\d{2}(?!\d)"
)
_BANK = re.compile(r"routing|\baba\b|sort code|\bbank|iban|swift|\bbic\b|checking|savings|deposit", re.IGNORECASE)
_STOP = frozenset(
    ("", "none", "null", "true", "false", "yes", "no", "required", "optional", "n/a", "not", "too", "the", "a", "an",
     "being", "expired", "invalid", "reset", "set", "protected", "wrong", "incorrect", "missing", "empty", "needed",
     "mandatory", "case", "also", "only", "hidden", "stored", "encrypted", "correct", "weak", "strong", "your")
)  # fmt: skip


def _named(names: str, value: str, number: str = _NUMBER) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{names})s?{number}{_IS}{_GAP}(?P<v>{value})", re.IGNORECASE)


def _digits(match: re.Match[str]) -> str:
    return "".join(char for char in match["v"] if char in "0123456789")


def _numbered(match: re.Match[str]) -> bool:
    """At least four digits among at least five letters and digits, and no date."""
    value = match["v"]
    digits, letters = len(_digits(match)), sum(char.isalnum() for char in value)
    return digits >= 4 and letters >= 5 and not _DATE.match(re.sub(r"^[A-Za-z]{1,3} ", "", value))


def _secret(match: re.Match[str]) -> bool:
    start, end = value_of(match)
    return says_something(match.string[start:end])


def _near_a_bank(match: re.Match[str]) -> bool:
    return bool(_BANK.search(match.string, max(0, match.start() - _NEAR), match.end() + _NEAR))


_GOVERNMENT = (
    r"driv(?:er|ing|er['\u2019]?s|ers['\u2019]?)\s?licen[cs]e|(?<!\w)dl(?=\s?(?:no|num|number|\#))|passport"
    r"|(?:national|government|state|identity|tax)[\s-]?(?:id|identity|identification|card)(?:\s?card)?"
    r"|(?:national|social)\s?insurance|(?<!\w)nino|itin|tax(?:payer)?(?:\sidentification)?(?=\s(?:number|no))"
    r"|(?<!\w)tin(?=\s(?:number|no|\#))|aadhaa?r|(?<!\w)cpf|alien\s?registration|residence\s?permit"
)
_HEALTH = (
    r"medical\s?record|(?<!\w)mrn|patient(?=\s?(?:id|no|number|\#))|(?<!\w)nhs(?=\s(?:number|no))|medicare|medicaid"
    r"|health(?:\s?(?:insurance|plan|care|card))(?:\s?(?:member|policy|subscriber|card|beneficiary))?"
)
_UNQUOTED = r"(?:[^\s<\"]|\"(?![,}\]:])){1,200}"
_LINE = r"(?:[^\n<\"]|\"(?![,}\]:])){1,250}"
"""Letters up to a space, and up to a line's end; but no further than the quoted text goes that they stand in."""
_SIGN_IN = (
    r"(?<![a-z])(?:pass\s?(?:word|code|wd)|pwd|pw|passwort|kennwort)s?(?:\s?\([^)\n]{0,30}\))?\\{0,3}[\"'*_`]{0,3}"
    r"(?:[ \t\u00a0]{0,4}(?:->|=>|[:=>])|\s(?:is|was|[-\u2013\u2014])(?=\s))[*_`]{0,3}"
    r"[ \t\u00a0]{0,4}\n?[ \t\u00a0]{0,4}\\{0,3}"
    r"(?:\"(?P<q>(?:[^\"\n\\]|\\(?!\\{0,3}\")){1,200})\\{0,4}\"|'(?P<s>[^'\n]{1,200})'|(?P<u>" + _UNQUOTED + r"))"
)
_ANSWER = (
    r"(?:(?:security|secret)\s(?:question|answer)s?[ \t]{0,4}[:=]"
    r"|mother['\u2019]?s\smaiden\sname(?:[ \t]{0,4}[:=]|\s(?:is|was)\s))"
    r"[ \t]{0,4}(?P<v>(?![ \t])" + _LINE + r"(?:\n[ \t]{0,4}(?:security\s)?answer[ \t]{0,4}[:=]" + _LINE + r")?)"
)

RULES: tuple[Rule, ...] = (
    Rule(
        Forbidden.SSN,
        ("ssn", "social", "soc"),
        _named(r"ssn|social\s?security|soc\.?\s?sec\.?", rf"\d{{3}}{_BY}\d{{2}}{_BY}\d{{4}}(?!\d)"),
        lambda match: checksums.social_security_number(_digits(match)),
    ),
    Rule(
        Forbidden.GOVERNMENT,
        ("driv", "dl", "passport", "national", "government", "state", "identity", "tax", "social", "nino", "itin",
         "tin", "aadha", "cpf", "alien", "residence"),
        _named(_GOVERNMENT, _CODE),
        _numbered,
    ),
    Rule(
        Forbidden.ACCOUNT,
        ("routing", "aba"),
        _named(r"routing|(?<!\w)aba", r"\d{9}(?!\d)"),
        lambda match: checksums.routing_number(match["v"]),
    ),
    Rule(
        Forbidden.ACCOUNT,
        ("bank", "checking", "chequing", "savings", "current", "deposit"),
        _named(r"(?:bank|checking|chequing|savings|current|deposit)\s(?:account|acct|a/c)", _ROW),
    ),
    Rule(
        Forbidden.ACCOUNT,
        ("account", "acct", "a/c"),
        _named(r"account|acct\.?|a/c", _ROW, r"(?:\s?(?:number|no|num|nr|\#)(?![a-z])|(?=\s?[:=]))"),
        _near_a_bank,
    ),
    Rule(Forbidden.ACCOUNT, ("sort",), _named(r"sort\scode", r"\d{2}[ -]?\d{2}[ -]?\d{2}(?!\d)")),
    Rule(
        Forbidden.ACCOUNT,
        ("cvv", "cvc", "card"),
        _named(r"cvv2?|cvc2?|card\ssecurity\scode", r"\d{3,4}(?!\d)"),
    ),
    Rule(
        Forbidden.ACCOUNT,
        ("card", "visa", "amex", "american", "maestro"),
        _named(r"card|visa|amex|american\sexpress|maestro", r"\d(?:[ -]?\d){11,18}(?!\d)"),
        lambda match: checksums.luhn(_digits(match)),
    ),
    Rule(Forbidden.HEALTH, ("medic", "mrn", "patient", "health", "nhs"), _named(_HEALTH, _CODE), _numbered),
    Rule(Forbidden.PASSWORD, ("pass", "pwd", "pw", "kennwort"), re.compile(_SIGN_IN, re.IGNORECASE), _secret),
    Rule(
        Forbidden.PASSWORD,
        ("user", "login"),
        re.compile(
            r"(?:user(?:name|\sname)?|login)\s?(?:/|&|and)\s?pass(?:word)?[ \t]{0,4}[:=][ \t]{0,4}(?P<v>" + _LINE + ")",
            re.IGNORECASE,
        ),
        _secret,
    ),
    Rule(
        Forbidden.PASSWORD,
        ("pass",),
        re.compile(r"pass\s?phrases?[ \t]{0,4}(?:[:=]|\sis\s)[ \t\"']{0,4}(?P<v>[^\"'<\n]{1,200})", re.IGNORECASE),
        _secret,
    ),
    Rule(
        Forbidden.PASSWORD,
        ("pin",),
        re.compile(r"(?<![a-z])pin(?:\s(?:code|number|no))?\s?[:=]\s?[\"']?(?P<v>\d{4})(?!\d)", re.IGNORECASE),
    ),
    Rule(Forbidden.PASSWORD, ("://",), re.compile(r"://[^\s/:@\"'<>]{1,64}:(?P<v>[^\s/@\"'<>]{1,128})@"), _secret),
    Rule(Forbidden.SECURITY_ANSWER, ("security", "secret", "mother"), re.compile(_ANSWER, re.IGNORECASE), _secret),
)  # fmt: skip
