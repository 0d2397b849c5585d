"""Whose address was corrected, and when: a copy that is asked for shortly after is held."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "contact_changes",
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_contact_changes"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("contact_changes")
