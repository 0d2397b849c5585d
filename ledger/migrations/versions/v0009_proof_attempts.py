"""How often somebody told what we hold of them: asking anew gives no more attempts."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "proof_attempts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("tried_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proof_attempts"),
    )
    op.create_index("ix_proof_attempts_subject", "proof_attempts", ["subject"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_proof_attempts_subject", "proof_attempts")
    op.drop_table("proof_attempts")
