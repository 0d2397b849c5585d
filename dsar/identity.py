"""Who the data subject is: identifiers, how strong each kind is, and how two values are compared."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from dsar.frozen import Frozen


class Key(StrEnum):
    """The kinds of identifier that a person can be known by."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    CUSTOMER_ID = "customer_id"
    """The company's own number for the person, the `{customer_id}` of storage paths."""
    CLIENT_ID = "client_id"
    """Google Analytics: the last two fields of the `_ga` cookie, `user_pseudo_id` in the BigQuery export."""
    USER_ID = "user_id"
    """The id that the company's site gives a signed-in visitor and passes on to Google Analytics."""
    FIGMA_USER_ID = "figma_user_id"
    NOTION_USER_ID = "notion_user_id"


class Strength(StrEnum):
    """What a match on an identifier proves."""

    UNIQUE = "unique"
    """One person only: enough by itself."""
    STRONG = "strong"
    """Seldom shared: enough together with a second strong one."""
    WEAK = "weak"
    """Shared or public (a name): never enough, a person decides."""


STRENGTH: dict[Key, Strength] = {
    Key.EMAIL: Strength.UNIQUE,
    Key.PHONE: Strength.STRONG,
    Key.NAME: Strength.WEAK,
    Key.CUSTOMER_ID: Strength.UNIQUE,
    Key.CLIENT_ID: Strength.UNIQUE,
    Key.USER_ID: Strength.UNIQUE,
    Key.FIGMA_USER_ID: Strength.UNIQUE,
    Key.NOTION_USER_ID: Strength.UNIQUE,
}


def normalise(kind: Key, value: str) -> str:
    """The form in which two values of a kind are compared.

    Email: trimmed, lowercase; plus-addresses stay distinct, because they are distinct mailboxes to most
    servers. Name: case and spacing folded. Phone: `+` and digits. The rest: trimmed.
    """
    text = unicodedata.normalize("NFC", value).strip()
    match kind:
        case Key.EMAIL:
            return text.casefold()
        case Key.NAME:
            return " ".join(text.casefold().split())
        case Key.PHONE:
            return "".join(c for c in text if c.isdigit() or c == "+")
        case _:
            return text


class Identifier(Frozen):
    """One thing the person is known by, and who says so (`request`, or a system's name)."""

    kind: Key
    value: str
    source: str = "request"

    @property
    def strength(self) -> Strength:
        """What a match on this identifier proves."""
        return STRENGTH[self.kind]

    def same_as(self, other: "Identifier") -> bool:
        """Whether both name the same value, whatever their source."""
        return self.kind == other.kind and normalise(self.kind, self.value) == normalise(other.kind, other.value)


class Identity(Frozen):
    """Everything a person is known by so far; widened as systems teach us more."""

    identifiers: tuple[Identifier, ...]

    def values(self, kind: Key) -> tuple[str, ...]:
        """The values of one kind as they were given, in the order learned. Compare with `knows`."""
        return tuple(i.value for i in self.identifiers if i.kind == kind)

    def knows(self, kind: Key, value: str) -> bool:
        """Whether this value, however it is written, is one of the person's."""
        return any(i.same_as(Identifier(kind=kind, value=value)) for i in self.identifiers)

    def widened(self, learned: Iterable[Identifier]) -> "Identity":
        """This identity with what a system taught; what is known already is kept once, with its first source."""
        known = list(self.identifiers)
        known += [new for new in learned if not any(new.same_as(old) for old in known)]
        return Identity(identifiers=tuple(known))
