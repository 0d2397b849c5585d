"""The ledger's tables. The migrations build them; a test holds the two together."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A moment. Aware in, UTC out, on every database; a time without an offset is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn it to UTC: SQLite keeps the digits and forgets the offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time in the ledger needs its offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give it its offset back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite orders a table by its key only where the key is an INTEGER."""

# No foreign keys: processes write in their own order, and evidence is never refused because a row is missing.

requests = Table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("right", Text, nullable=False),
    Column("regime", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("acknowledge_by", Date, nullable=False),
    Column("due", Date, nullable=False),
    Column("safe", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("subject", Text),  # a keyed hash; emptied when the request is forgotten
    Column("policy", Text, nullable=False),
    Column("started", Boolean, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("outcome", Text),
    Column("shredded_at", UtcTime),
    Column("case_group", Text, key="group"),  # a keyed hash: all requests of one person share it
    Column("same", Text),  # a keyed hash of all that it says, where anybody can send it; emptied with the others
    Column("mailbox", Text),  # a keyed hash of where letters about it arrive; emptied with the others
    Column("behind", Text),  # the request that it waits behind
    Column("begun_at", UtcTime),  # since when it goes on by itself
)
Index("ix_requests_same", requests.c.same)
Index("ix_requests_mailbox", requests.c.mailbox)
Index("ix_requests_behind", requests.c.behind)
_open = requests.c.closed_at.is_(None)
Index("ix_requests_open_group", requests.c.group, sqlite_where=_open, postgresql_where=_open)
Index("uq_requests_open", requests.c.subject, requests.c.right, unique=True, sqlite_where=_open, postgresql_where=_open)

journal = Table(
    "journal",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),  # text, because the chain is made over it letter by letter
    Column("request_id", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("request_id", "step"),
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("seal", Text, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
)

letters = Table(
    "letters",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sha256", Text, key="digest"),  # keyed
    Column("claimed_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
)

passphrases = Table(
    "passphrases",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
)

links = Table(
    "links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("request_id", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("consumed_at", UtcTime),
    Column("attempts", Integer, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("request_id", Text, nullable=False, index=True),
    Column("until", Date),
    Column("basis", Text, nullable=False),
    Column("records", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("kept_at", UtcTime, nullable=False),
    Column("released_at", UtcTime),
    Column("shredded_at", UtcTime),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("system", Text),
    Column("category", Text),
    Column("subject", Text),  # a keyed hash; emptied when the hold is lifted
    Column("placed_by", Text, nullable=False),
    Column("placed_at", UtcTime, nullable=False),
    Column("lift_asked_by", Text),
    Column("lift_asked_at", UtcTime),
    Column("lifted_by", Text),
    Column("lifted_at", UtcTime),
    Column("kind", Text),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("fingerprint", Text, primary_key=True),  # a keyed hash
    Column("scope", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
)

contact_changes = Table(
    "contact_changes",
    metadata,
    Column("fingerprint", Text, primary_key=True),  # a keyed hash
    Column("request_id", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

proof_attempts = Table(
    "proof_attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False),  # a keyed hash
    Column("tried_at", UtcTime, nullable=False),
)
Index("ix_proof_attempts_subject", proof_attempts.c.subject)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("shredded_at", UtcTime),
)

proposals = Table(
    "proposals",
    metadata,
    Column("record", Text, primary_key=True),  # a keyed hash
    Column("task_id", Text, nullable=False, index=True),
    Column("asked_at", UtcTime, nullable=False),
    Column("ask_again", Date, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_used", UtcTime, nullable=False),
)

partner_requests = Table(
    "partner_requests",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("request_id", Text, nullable=False, index=True),
    Column("partner_ref", Text),  # emptied some time after the request is forgotten
    Column("digest", Text, nullable=False),  # a keyed hash; emptied with it
    Column("joined", Boolean, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
)

partner_callbacks = Table(
    "partner_callbacks",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("url", Text, primary_key=True),
    Column("seen", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("done", Boolean, nullable=False),
)

partner_tokens = Table(
    "partner_tokens",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("issued_at", UtcTime, nullable=False),
)

partner_messages = Table(
    "partner_messages",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("hash", Text, primary_key=True),  # a keyed hash
    Column("until", UtcTime, nullable=False, index=True),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("id", Text, primary_key=True),  # a keyed hash
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("whole_at", UtcTime),
    Column("old_uid", BigInteger),
    Column("old_before", UtcTime),
)

mails = Table(
    "mails",
    metadata,
    Column("key", Text, primary_key=True),  # a keyed hash; the row goes after `ledger.mails.KEPT`
    Column("verdict", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("owner", Text),
    Column("seen_at", UtcTime, nullable=False),
)

mail_names = Table(
    "mail_names",
    metadata,
    Column("made", Text, primary_key=True),  # a keyed hash; the row goes after `ledger.mail_names.KEPT`
    Column("id", Text, nullable=False),
    Column("named_at", UtcTime, nullable=False),
)

mail_questions = Table(
    "mail_questions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("asked_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("outcome", Text),
    Column("shredded_at", UtcTime),
)

paces = Table(
    "paces",
    metadata,
    Column("account", Text, primary_key=True),  # a keyed hash
    Column("free_at", Double, nullable=False),  # seconds since 1970; until then all of it is leased
)
