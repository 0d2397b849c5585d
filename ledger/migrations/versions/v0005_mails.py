"""How far each mailbox was read, what became of each mail, and which of them a person was asked about."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mailboxes"),
    )
    op.create_table(
        "mails",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("seen_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_mails"),
    )
    op.create_table(
        "mail_questions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("outcome", sa.Text),
        sa.Column("shredded_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_mail_questions"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("mail_questions")
    op.drop_table("mails")
    op.drop_table("mailboxes")
