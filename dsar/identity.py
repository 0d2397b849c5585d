"""Who the data subject is: identifiers, how strong each kind is, and how two values are compared."""

import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
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
    SOCIAL_ACCOUNT = "social_account"
    """An account on a social network: `instagram:ada.l`, or the id that Sprout Social has for it: `ytpr:1234`."""


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
    Key.SOCIAL_ACCOUNT: Strength.UNIQUE,
}

SELF_PROVING = frozenset({Key.CLIENT_ID})

_READ_BY_SEVERAL = (
    "abuse accounting accounts admin billing booking contact enquiries family feedback finance hello help helpdesk "
    "household hr info inquiries jobs legal marketing noc office orders postmaster press privacy reception sales "
    "security service shop staff support team webmaster"
)
SHARED_MAILBOXES = frozenset(_READ_BY_SEVERAL.split())
"""What stands before the @ of addresses that several people read (RFC 2142 has the oldest of these names)."""


def normalise(kind: Key, value: str) -> str:
    """The form in which two values of a kind are compared.

    Email: trimmed, lowercase; plus-addresses stay distinct, because they are distinct mailboxes to most
    servers. Name: case and spacing folded. Phone: `+` and digits. Social account: lowercase, without the handle's `@`.
    The rest: trimmed.
    """
    text = unicodedata.normalize("NFC", value).strip()
    match kind:
        case Key.EMAIL:
            return text.lower()  # casefold would make one person of straße@ and strasse@
        case Key.NAME:
            return " ".join(text.casefold().split())
        case Key.PHONE:
            return "".join(c for c in text if c.isdigit() or c == "+")
        case Key.SOCIAL_ACCOUNT:
            network, colon, account = text.lower().partition(":")
            return f"{network.strip()}{colon}{account.strip().removeprefix('@')}"
        case _:
            return text


def is_shared(email: str) -> bool:
    """Whether several people read what is sent there: whoever does is not thereby the one whom a record is about."""
    local = normalise(Key.EMAIL, email).rpartition("@")[0]
    return local.partition("+")[0] in SHARED_MAILBOXES


class Identifier(Frozen):
    """One thing the person is known by, and who says so (`request`, or a system's name)."""

    kind: Key
    value: str
    source: str = "request"
    proven: bool = False
    """Whether it is known to be the person's: it was proved, or a system taught it from a record that is theirs."""

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
        for new in learned:
            same = next((n for n, old in enumerate(known) if new.same_as(old)), None)
            if same is None:
                known.append(new)
            elif new.proven:
                known[same] = known[same].model_copy(update={"proven": True})
        return Identity(identifiers=tuple(known))

    def proved(self, kinds: AbstractSet[Key]) -> "Identity":
        """This identity after the person has proved the identifiers of these kinds.

        What nobody could guess proves itself: a `_ga` client id is a random number known to one browser.
        """
        return Identity(
            identifiers=tuple(
                i.model_copy(update={"proven": True}) if i.kind in kinds | SELF_PROVING else i for i in self.identifiers
            )
        )

    @property
    def proven_kinds(self) -> frozenset[Key]:
        """The kinds of which a proven value is known: only a match on these says whose a record is.

        An address is not among them if it is a mailbox of several people: a person says whose each record is.
        """
        shared = any(i.proven and i.kind is Key.EMAIL and is_shared(i.value) for i in self.identifiers)
        return frozenset(i.kind for i in self.identifiers if i.proven) - (frozenset({Key.EMAIL}) if shared else set())

    def to_search(self) -> "Identity":
        """What systems are asked with: where a kind has proven values, claims of the same kind are left out."""
        proven = self.proven_kinds
        return Identity(identifiers=tuple(i for i in self.identifiers if i.proven or i.kind not in proven))
