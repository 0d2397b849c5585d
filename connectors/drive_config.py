"""What an entry of systems.toml says of a Google Drive: where a person's files are, and what they are."""

import re
from collections.abc import Callable
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from connectors.connector import SystemConfig
from connectors.object_places import Rule
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key, normalise

PLACEHOLDER = re.compile(r"\{(" + "|".join(Key) + r")\}")
"""Only these braces are ours: Drive's own queries have others (`properties has { key='k' and value='v' }`)."""
LONGEST = 254
"""No address is longer (RFC 5321), no name of a folder need be, and a longer query is refused."""
MOST = 1000
"""The most files that Google answers with at once."""


def _filled_by_somebody(template: str) -> str:
    if not PLACEHOLDER.search(template):
        raise ValueError(f"names no person: give it a placeholder, one of {', '.join(sorted(Key))}")
    return template


Template = Annotated[str, AfterValidator(_filled_by_somebody)]


class Folders(Frozen):
    """A folder whose folders are each one person's."""

    root: str
    """Its id: what follows `/folders/` in its address."""
    name: Template
    """What a person's folder is called: `{customer_id}`, `Client {customer_id}`."""

    def names(self, identity: Identity) -> tuple[str, ...]:
        """What this person's folder may be called."""
        return fillings(self.name, identity)

    def whose(self, name: str) -> tuple[Identifier, ...]:
        """What a folder's name says of whose it is; nothing, where it is not made as the template says."""
        found = re.fullmatch(_pattern(self.name), name, re.DOTALL)
        return tuple(Identifier(kind=Key(k), value=v) for k, v in found.groupdict().items()) if found else ()


class DriveConfig(SystemConfig):
    """An entry of systems.toml with `kind = "drive"`; `secret` is a service account's key file (JSON)."""

    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    subject: str | None = None
    """The account that the service account acts for (domain-wide delegation); unset: it is itself a member."""
    drive_id: str | None = None
    """The shared drive to look in; unset: all that the account sees."""
    folders: tuple[Folders, ...] = ()
    queries: tuple[Template, ...] = ()
    """Searches in Drive's own language: `fullText contains '{email}'`. What they find is a person's to judge, unless a
    custom property of the file holds the identifier."""
    guests: bool = True
    """Whether to look for files and drives that are shared with the person's address: the access is then the record."""
    guests_category: str = "contact information and communications"
    """Of an access: what it holds of the person is their address."""
    rules: tuple[Rule, ...] = ()
    """By path below the root: `*/invoices/*`."""
    default_category: str = "design files and assets"
    page_size: int = Field(default=100, ge=1, le=MOST)

    @model_validator(mode="after")
    def _something_to_look_for(self) -> Self:
        if not (self.folders or self.queries or self.guests):
            raise ValueError("has nothing to look for: give it folders, queries or guests")
        return self


def fillings(template: str, identity: Identity, form: Callable[[str], str] = str) -> tuple[str, ...]:
    """A template with each of the person's values, as given and as compared; none, while one is unknown."""
    filled = [template]
    for kind in dict.fromkeys(PLACEHOLDER.findall(template)):
        forms = (f for value in identity.values(Key(kind)) for f in (value.strip(), normalise(Key(kind), value)))
        values = [value for value in dict.fromkeys(forms) if 0 < len(value) <= LONGEST]
        filled = [each.replace(f"{{{kind}}}", form(value)) for each in filled for value in values]
    return tuple(filled)


def kinds_in(template: str) -> frozenset[Key]:
    """The kinds of identifier that a template asks for."""
    return frozenset(map(Key, PLACEHOLDER.findall(template)))


def _pattern(template: str) -> str:
    """What every name made from a template looks like; a placeholder that comes again stands for the same value."""
    pattern, end, known = "", 0, set[str]()
    for found in PLACEHOLDER.finditer(template):
        pattern += re.escape(template[end : found.start()])
        pattern += f"(?P={found[1]})" if found[1] in known else f"(?P<{found[1]}>.+?)"
        end = found.end()
        known.add(found[1])
    return pattern + re.escape(template[end:])
