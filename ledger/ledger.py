"""The ledger: all that is left when a request is forgotten, and all that an auditor needs."""

from collections.abc import Callable
from datetime import UTC, datetime

from ledger.callbacks import Callbacks
from ledger.chain import Chain
from ledger.contact_changes import ContactChanges
from ledger.database import Database
from ledger.digests import Digests
from ledger.figures import Courses
from ledger.forgetting import Forgetting
from ledger.holds import Holds
from ledger.journal import Journal
from ledger.legal_holds import LegalHolds
from ledger.letters import Letters
from ledger.links import Links
from ledger.mail_names import MailNames
from ledger.mails import Mails
from ledger.paces import Paces
from ledger.partners import Partners
from ledger.passphrases import Passphrases
from ledger.policies import Policies
from ledger.proof_attempts import ProofAttempts
from ledger.proposals import Proposals
from ledger.requests import Requests
from ledger.schema import is_current, migrate
from ledger.suppressions import Suppressions
from ledger.sweeps import Sweeps
from ledger.tasks import Tasks

__all__ = ["Ledger", "migrate"]


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


class Ledger:
    """Everything that is kept, by concern. Safe for many tasks of a process, and for many processes.

    Texts are refused with `NotEvidence` where they could be a person's (`ledger.facts`).
    """

    def __init__(self, database: Database, audit_key: bytes, clock: Callable[[], datetime]) -> None:
        self._database = database
        self.journal = Journal(database, Chain(audit_key), clock)
        self.requests = Requests(database, self.journal, clock)
        self.tasks = Tasks(database, clock)
        self.digests = Digests(audit_key)
        self.letters = Letters(database, self.digests, clock)
        self.passphrases = Passphrases(database, audit_key)
        self.links = Links(database, self.passphrases, self.journal, clock)
        self.holds = Holds(database, clock)
        self.legal_holds = LegalHolds(database, self.journal, clock)
        self.suppressions = Suppressions(database, self.journal, clock)
        self.contact_changes = ContactChanges(database)
        self.proof_attempts = ProofAttempts(database, self.journal)
        self.sweeps = Sweeps(database, clock)
        self.proposals = Proposals(database, clock)
        self.policies = Policies(database, clock)
        self.courses = Courses(database)
        self.mails = Mails(database, clock)
        self.mail_names = MailNames(database, clock)
        self.partners = Partners(database, self.journal, audit_key, clock)
        self.callbacks = Callbacks(database, clock)
        self.paces = Paces(database, clock)
        self.forgetting = Forgetting(database, clock)

    @classmethod
    async def open(cls, url: str, audit_key: bytes, clock: Callable[[], datetime] = utc_now) -> "Ledger":
        """Open a ledger; a new or older one is brought up to date first.

        Args:
            url: `sqlite:///FILE` or `postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE`.
            audit_key: at least 16 random bytes, the same for all processes and for all the years.
            clock: the time, aware.

        Raises:
            BadLedgerUrl: the address is of no database that can be used.
            NewerLedger: the tables are ahead of this program.
        """
        database = Database(url)
        try:
            ledger = cls(database, audit_key, clock)
            if not await is_current(database):
                await migrate(url)
        except BaseException:
            await database.close()
            raise
        return ledger

    async def close(self) -> None:
        """Wait for what is being written, then let go of the database."""
        await self.requests.close()
        await self.journal.close()
        await self._database.close()
