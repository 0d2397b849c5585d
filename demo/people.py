"""Who asks in the demo. Everything that a system holds of a person says their mark, and nothing else does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Somebody:
    """A person, as the company's systems know them."""

    name: str
    email: str
    number: int
    """What all their ids are made from."""

    @property
    def mark(self) -> str:
        """A word that stands in each of the person's records and in nobody else's."""
        return f"mark-{self.number}-of-{self.name.split()[0].lower()}"

    @property
    def customer_id(self) -> str:
        """The company's number for them: only Mailchimp leads from their address to it."""
        return f"C-{self.number}"

    @property
    def client_id(self) -> str:
        """Their browser, as Google Analytics knows it."""
        return f"{self.number}000001.1760000000"

    @property
    def figma_id(self) -> str:
        """Their account at Figma: only its activity log leads from their address to it."""
        return f"90000000000000{self.number}"


ADA = Somebody("Ada Lovelace", "ada@example.com", 1001)
GRACE = Somebody("Grace Hopper", "grace@example.org", 1002)
BARBARA = Somebody("Barbara Liskov", "barbara@example.net", 1003)
EDSGER = Somebody("Edsger Dijkstra", "edsger@example.nl", 1004)
KATHERINE = Somebody("Katherine Johnson", "katherine@example.com", 1005)
ALAN = Somebody("Alan Turing", "alan@example.org", 1006)

KNOWN = (ADA, GRACE, BARBARA, EDSGER, KATHERINE)
"""Alan the company has never heard of."""
