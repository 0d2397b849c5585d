"""Processes share the pace at which a vendor's account is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "paces",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("free_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_paces"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("paces")
