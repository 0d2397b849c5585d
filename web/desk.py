"""What the web asks of the desk. The real one is `intake.desk.Desk`; tests give one of their own."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from dsar.agency import Word
from dsar.data_points import Point, Signature
from dsar.status import Status
from dsar.submission import Submission
from dsar.talking import Message, Talk
from intake.desk import Confirmed, Readiness, Receipt
from ledger.links import LinkUse, LinkView
from ledger.requests import RequestRow
from workflows.points import Taken


class WebDesk(Protocol):
    """The part of the desk that is reached over HTTP. Each method does what the desk's own does."""

    async def submit(self, submission: Submission) -> Receipt:
        """Keep a request and start it."""

    async def dispatch(self) -> int:
        """Start what was kept while the engine was down."""

    async def ready(self) -> Readiness:
        """What answers."""

    async def row(self, request_id: str) -> RequestRow:
        """What the ledger knows of a request."""

    async def status(self, request_id: str) -> Status:
        """What the saga says of itself."""

    async def confirm(self, request_id: str, code: str, ticket: str = "") -> Confirmed:
        """The person enters the code; with the ticket, they have the passphrase of a download."""

    async def say_of_permission(self, request_id: str, word: Word) -> None:
        """The person says whether they gave an agent permission."""

    async def prove(
        self, request_id: str, told: Mapping[Point, str], by: str, signed: Signature | None = None
    ) -> Taken:
        """The person tells what we hold, and signs."""

    async def send_another_code(self, request_id: str) -> None:
        """The person asks for a fresh code."""

    async def cancel(self, request_id: str, by: str, reason: str) -> None:
        """Take a request back."""

    async def write(self, request_id: str, message: Message, once: str) -> int:
        """The person says something about a request."""

    async def talk(self, request_id: str) -> Talk:
        """What the person and we said."""

    async def look(self, token: str) -> LinkView:
        """Whether a download link could be used; using nothing up."""

    async def collect(self, token: str, passphrase: str) -> LinkUse:
        """Use a download link up."""

    def package(self, request_id: str, name: str) -> AsyncIterator[bytes]:
        """The package that a link granted."""
