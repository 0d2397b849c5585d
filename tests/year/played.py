"""A request of a story, as it was played."""

from dataclasses import dataclass, field
from datetime import datetime

from dsar.case import Ending
from intake.desk import Receipt
from tests.year.stories import Story


@dataclass
class Played:
    """One request, how it should end, and what people did."""

    story: Story
    receipt: Receipt
    received: datetime
    expected: Ending
    told: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id."""
        return self.receipt.request_id
