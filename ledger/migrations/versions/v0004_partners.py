"""What partners asked for by OpenDSR and the Data Rights Protocol, whom to tell of it, and what they may not repeat."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "partner_requests",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("partner_ref", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("joined", sa.Boolean, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("withdrawn_at", UtcTime),
        sa.PrimaryKeyConstraint("partner", "ref", name="pk_partner_requests"),
    )
    op.create_index("ix_partner_requests_request_id", "partner_requests", ["request_id"])
    op.create_table(
        "partner_callbacks",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", UtcTime, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("partner", "ref", "url", name="pk_partner_callbacks"),
    )
    op.create_table(
        "partner_tokens",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("issued_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("partner", name="pk_partner_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_partner_tokens_token_hash"),
    )
    op.create_table(
        "partner_messages",
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("until", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("partner", "hash", name="pk_partner_messages"),
    )
    op.create_index("ix_partner_messages_until", "partner_messages", ["until"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_partner_messages_until", "partner_messages")
    op.drop_table("partner_messages")
    op.drop_table("partner_tokens")
    op.drop_table("partner_callbacks")
    op.drop_index("ix_partner_requests_request_id", "partner_requests")
    op.drop_table("partner_requests")
