"""What the name of a field, a column or an element says of the value in it."""

import re
from functools import lru_cache

from dsar.forbidden_kinds import Forbidden

_NAMES: tuple[tuple[Forbidden, str], ...] = (
    (Forbidden.SSN, r"ssn|ssn\d|social ?security( (number|no|nr|num|id))?|soc sec( (number|no|num))?"),
    (Forbidden.SECURITY_ANSWER, r"(security|secret|recovery) ?(question|answer)s?|mothers? maiden( name)?"),
    (Forbidden.PASSWORD, r"pass ?(word|phrase|code|wd)s?|pwd|passwort|kennwort|contrasena|mot de passe|senha"),
    (
        Forbidden.PASSWORD,
        r"(api|secret|private|access) ?key|apikey|client ?secret|(access|refresh|auth|session) ?token",
    ),
    (Forbidden.PASSWORD, r"(totp|otp|mfa|two factor) ?(secret|seed)|recovery ?codes?|pin (number|no)"),
    (Forbidden.GOVERNMENT, r"driv(er|ers|ing)( s)? licen[cs]es?( (number|no|nr|num|id))?|dl (number|no|num)"),
    (
        Forbidden.GOVERNMENT,
        r"passport( (number|no|nr|num|id))?|(national|government|govt|state|tax) ?id( ?(number|no))?",
    ),
    (Forbidden.GOVERNMENT, r"(national|government) identi(ty|fication)( card)?( (number|no))?|id ?card (number|no)"),
    (
        Forbidden.GOVERNMENT,
        r"(national|social) insurance (number|no)|nino|itin|tax(payer)? (identification )?(number|no)",
    ),
    (
        Forbidden.GOVERNMENT,
        r"tin number|aadhaa?r( number)?|cpf|alien (registration )?number|residence permit( number)?",
    ),
    (Forbidden.ACCOUNT, r"iban|(bank )?account (number|no|num)|acct (number|no|num)|bank account|routing (number|no)"),
    (
        Forbidden.ACCOUNT,
        r"(credit|debit|payment|bank) ?card( (number|no|num))?|card ?(number|no|num)|ccn|cc ?num(ber)?",
    ),
    (Forbidden.ACCOUNT, r"cvv2?|cvc2?|(card )?security code|aba (number|no)|sort code"),
    (Forbidden.HEALTH, r"medical record( (number|no|id))?|mrn|patient (id|number|no)|nhs (number|no)"),
    (Forbidden.HEALTH, r"health (insurance|plan)( (member|policy|subscriber|card|beneficiary))?( (id|number|no))?"),
    (Forbidden.HEALTH, r"(medicare|medicaid)( (id|number|no))?|health card( (number|no))?"),
    (Forbidden.BIOMETRIC, r"(finger|palm|voice|face|retina|iris) ?prints?( (templates?|data|hash|vector|image))?"),
    (
        Forbidden.BIOMETRIC,
        r"(finger|palm|voice|face|facial|retina|iris|ear|vein|gait|speaker) (templates?|embeddings?)",
    ),
    (
        Forbidden.BIOMETRIC,
        r"(face|facial|voice|iris|retina|palm|gait|speaker) (encodings?|vectors?|signatures?|scans?)",
    ),
    (
        Forbidden.BIOMETRIC,
        r"(iris|retina|gait) (code|data|pattern)s?|facial geometry|biometrics?( (data|template|id|hash|vector))?",
    ),
)
_OF_MACHINES = frozenset({"fingerprint", "fingerprints", "fingerprint hash"})
"""A browser's, a card's, a key's: nobody's finger."""
_OWNERS = frozenset(
    {"user", "customer", "client", "employee", "member", "my", "your", "the", "subject", "person", "us"}
)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _NAMES)
_COUNTED = re.compile(r" ?(hash|digest|\d)$")
_ID = frozenset(
    {"id", "ids", "uuid", "guid", "key", "timestamp", "time", "ts", "micros", "at", "hash", "etag", "version"}
)


@lru_cache(maxsize=1_024)
def words_of(name: str) -> str:
    """A name's words, lower case, one space between: `socialSecurity_Number` -> `social security number`."""
    apart = re.sub(
        r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:100].replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    )
    return " ".join(re.findall(r"[^\W_]+", apart.lower()))


@lru_cache(maxsize=1_024)
def kind_of(name: str) -> Forbidden | None:
    """What must not be shown of a field with this name; `None` where the name says nothing."""
    words = words_of(name)
    if not words or words in _OF_MACHINES:
        return None
    first, _, rest = words.partition(" ")
    for said in {words, _COUNTED.sub("", words), rest if first in _OWNERS else words}:
        for kind, pattern in _PATTERNS:
            if pattern.fullmatch(said):
                return kind
    return None


@lru_cache(maxsize=1_024)
def names_an_id(name: str) -> bool:
    """Whether a field with this name holds a number that a machine gave: digits there are no card's."""
    return words_of(name).rpartition(" ")[2] in _ID
