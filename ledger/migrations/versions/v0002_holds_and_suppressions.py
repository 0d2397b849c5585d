"""What people forbid to erase, and who must not come back."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("system", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("placed_at", UtcTime, nullable=False),
        sa.Column("lift_asked_by", sa.Text),
        sa.Column("lift_asked_at", UtcTime),
        sa.Column("lifted_by", sa.Text),
        sa.Column("lifted_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_legal_holds"),
    )
    op.create_table(
        "suppressions",
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "scope", name="pk_suppressions"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("suppressions")
    op.drop_table("legal_holds")
