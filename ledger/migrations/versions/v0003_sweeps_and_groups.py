"""What sweeps found and asked about, and which requests came together."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the column."""
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("begun_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("shredded_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_sweeps"),
    )
    op.create_table(
        "proposals",
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("ask_again", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("record", name="pk_proposals"),
    )
    op.create_index("ix_proposals_task_id", "proposals", ["task_id"])
    op.add_column("legal_holds", sa.Column("kind", sa.Text))
    op.add_column("requests", sa.Column("case_group", sa.Text))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("requests", "case_group")
    op.drop_column("legal_holds", "kind")
    op.drop_index("ix_proposals_task_id", "proposals")
    op.drop_table("proposals")
    op.drop_table("sweeps")
