"""The ledger as it began; the journal takes entries and never gives one back."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import SEQUENCE, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("policies", "holds", "links", "passphrases", "letters", "tasks", "journal_head", "journal", "requests")

REFUSAL = "the journal is append-only"


def upgrade() -> None:
    """Make the tables, the empty journal's head, and the triggers that guard the journal."""
    _evidence()
    _work()
    op.execute("INSERT INTO journal_head (id, seq, hash, seal) VALUES (1, 0, '', '')")
    if op.get_bind().dialect.name == "postgresql":
        _guard_in_postgres()
    else:
        _guard_in_sqlite()


def downgrade() -> None:
    """Take everything away, the evidence too."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION journal_refuses()")


def _evidence() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("right", sa.Text, nullable=False),
        sa.Column("regime", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("acknowledge_by", sa.Date, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("safe", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("started", sa.Boolean, nullable=False),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("closed_at", UtcTime),
        sa.Column("outcome", sa.Text),
        sa.Column("shredded_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_requests_open",
        "requests",
        ["subject", "right"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "journal",
        sa.Column("seq", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("prev", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
        sa.UniqueConstraint("request_id", "step", name="uq_journal_request_id_step"),
    )
    op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_head"),
    )
    op.create_table(
        "policies",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("first_used", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policies"),
    )


def _work() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("closed_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("claimed_at", UtcTime, nullable=False),
        sa.Column("sent_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
    )
    op.create_table(
        "passphrases",
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "hash", name="pk_passphrases"),
    )
    op.create_table(
        "links",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("consumed_at", UtcTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_links"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("kept_at", UtcTime, nullable=False),
        sa.Column("released_at", UtcTime),
        sa.Column("shredded_at", UtcTime),
        sa.PrimaryKeyConstraint("id", "system", name="pk_holds"),
    )
    for table in ("tasks", "letters", "links", "holds"):
        op.create_index(f"ix_{table}_request_id", table, ["request_id"])


def _guard_in_postgres() -> None:
    op.execute(
        f"CREATE FUNCTION journal_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses()"
    )


def _guard_in_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER journal_refuses_{act.lower()} BEFORE {act} ON journal "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
