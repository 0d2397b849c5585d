"""A system that only a person can look into: no interface of its vendor finds or deletes what it holds of somebody.

Nothing is asked here and nothing is changed. Locating gives one record for everybody: it means "look", not "holds".
So the plan goes on, policy decides by the entry's category, and what is to be erased becomes a task with the entry's
own instructions; who looked and found nothing says so there (`not_found`). Only the person's word stands.

What other rights ask for (a copy, a correction) has no ability here either: `manually` words it for whoever asks.
"""

from collections.abc import Sequence
from string import Formatter
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from connectors.connector import Ability, Connector, SystemConfig
from dsar.identity import Identity, Key
from dsar.records import Located, Outcome, OutcomeKind, Record

RECORD_ID = "by-hand"
"""The same for everybody: it says nothing of a person, and the plan that it stands in is one person's."""

ERASE = "Delete everything there that is about this person."
"""What the instructions say where something is to be erased."""

PLACEHOLDERS = frozenset({"identifiers", "what"})


class ByHandConfig(SystemConfig):
    """An entry with `kind = "person"`. It has no address and no credential: nobody but a person goes there."""

    base_url: str = ""
    secret: SecretStr = SecretStr("")
    category: str
    """The category of policy.toml that all of it belongs to."""
    instructions: str
    """What to do there, by the vendor's own menus. `{what}` becomes the sentence that says what is wanted, and
    `{identifiers}` what the person is known by; braces that are meant are doubled."""
    searched_by: frozenset[Key] = Field(default=frozenset({Key.EMAIL, Key.PHONE, Key.NAME}), min_length=1)
    """The kinds of identifier that can be looked for there; who has none of them cannot be found."""

    @field_validator("instructions")
    @classmethod
    def _has_its_placeholders(cls, template: str) -> str:
        """A task that does not say who, or what, helps nobody."""
        try:
            parts = list(Formatter().parse(template))
        except ValueError:
            raise ValueError("a brace without its other half: double it, if it is meant") from None
        named = {name for _, name, _, _ in parts if name is not None}
        if named != PLACEHOLDERS or any(form or conversion for _, _, form, conversion in parts):
            raise ValueError("names {identifiers} and {what}, and no other placeholder")
        return template


class ByHand(Connector):
    """One record for everybody, and a task for what is to be done with it."""

    Config: ClassVar[type[SystemConfig]] = ByHandConfig
    can: ClassVar[frozenset[Ability]] = frozenset({Ability.LOCATE, Ability.ERASE})
    config: ByHandConfig

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """The one record, with what to look for; none when nothing is known that could be looked for there."""
        known = [(i.kind, _plain(i.value)) for i in identity.identifiers if i.kind in self.config.searched_by]
        sought = [(kind, value) for kind, value in known if value]
        if not sought:
            return Located()
        record = Record(
            id=RECORD_ID,
            category=self.config.category,
            matched=frozenset(kind for kind, _ in sought),
            label=self.config.title,
            state={"identifiers": [[kind, value] for kind, value in sought]},
        )
        return Located(records=(record,))

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """A task each."""
        return [
            Outcome(record_id=r.id, kind=OutcomeKind.NEEDS_PERSON, instructions=self.manually(r, ERASE))
            for r in records
        ]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Nobody can be asked: the word of the person who looked stands."""
        return [Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED) for record in records]

    def manually(self, record: Record, what: str) -> str:
        """The entry's instructions, for the person of this record."""
        who = ", ".join(f'{kind.replace("_", " ")} "{value}"' for kind, value in record.state["identifiers"])
        return self.config.instructions.format(identifiers=who, what=what)


def _plain(value: str) -> str:
    """On one line and without control characters: what is typed into a form cannot add to the instructions."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())
