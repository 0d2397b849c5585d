"""How good a connector is: named rules, each kept or not, with the reason.

Each kind has a page, `connectors/quality/<kind>.toml`:

    done = ["finds-by-every-key", "pages-followed"]

    [evidence]
    conformance-requests = "tests/contract/test_mailchimp_conformance.py"

    [exempt]
    restricts = "A contact has no mark that Mailchimp would respect."

A test holds each page to its connector (tests/contract/every_connector/test_every_page.py). Rules marked as needing
evidence name a file that shows it.
"""

import tomllib
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from dsar.frozen import Frozen

FOLDER = Path(__file__).parent / "quality"

RULES = {
    "finds-by-every-key": "Searches by each identifier that the vendor can search by, and compares what it finds.",
    "pages-followed": "Reads every page, and goes on at the one where it stopped.",
    "exports": "Copies the person's records as the vendor holds them.",
    "streams-files": "Passes files on piece by piece, of any size.",
    "erases-and-looks-again": "Erases for good, and counts as gone only what it looked for and did not find.",
    "says-accepted-when-accepted": "What the vendor only promises is said to be promised, and asked about again.",
    "locks-respected": "What the vendor has locked is retained, with the date until which it is.",
    "suppresses": "Takes records out of use before they are erased, and can put them back exactly.",
    "restricts": "Marks what is kept so that nothing else is done with it, and can take the mark away.",
    "corrects": "Reads and changes what a record says, and can put back what it said.",
    "walks": "Lists every record of anybody, with its dates and whose it is.",
    "idempotent": "Any act may be repeated, and a killed one is completed by repeating it.",
    "paced": "Keeps below a limit of the vendor's without being told: `requests_per_second` has a default.",
    "retry-after": "Waits as long as the vendor asks.",
    "auth-failure-told": "A refused credential becomes a task that says which one, and how to renew it.",
    "conformance-requests": "What it sends is held to the vendor's own description.",
    "conformance-answers": "What the stand-in answers is held to the vendor's own description.",
    "independent-server": "The suite also runs against a server that is not ours.",
    "canaries": "Planted personal data is in no log, no error and no id.",
}
"""Every rule, and what it means."""

EVIDENCED = frozenset({"conformance-requests", "conformance-answers", "independent-server"})
"""What cannot be read from the connector: a file of the repository shows it."""


class Page(Frozen):
    """What one kind of connector keeps."""

    done: frozenset[str]
    evidence: dict[str, str] = Field(default={})
    """The file that shows it, by rule."""
    exempt: dict[str, str] = Field(default={})
    """Why not, by rule."""

    @model_validator(mode="after")
    def _every_rule_once(self) -> Self:
        twice, said = self.done & self.exempt.keys(), self.done | self.exempt.keys()
        wrong = [f"{rule} is both done and exempt" for rule in sorted(twice)]
        wrong += [f"{rule} is neither done nor exempt" for rule in RULES if rule not in said]
        wrong += [f"{rule} is no rule" for rule in sorted(said - RULES.keys())]
        wrong += [f"{rule} is exempt without a reason" for rule, why in self.exempt.items() if not why.strip(" ?.")]
        wrong += [f"{rule} names no evidence" for rule in sorted(self.done & EVIDENCED - self.evidence.keys())]
        wrong += [f"{rule} has evidence and is not done" for rule in sorted(self.evidence.keys() - self.done)]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class BadPage(ValueError):
    """A page is missing, or does not say what it must."""


def read(kind: str) -> Page:
    """The page of a kind.

    Raises:
        BadPage: there is none, or what is wrong with it.
    """
    file = FOLDER / f"{kind}.toml"
    if not file.is_file():
        raise BadPage(f"connectors/quality/{kind}.toml is missing")
    try:
        return Page.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        says = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise BadPage(f"connectors/quality/{kind}.toml: {says}") from None
