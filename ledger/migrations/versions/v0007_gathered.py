"""Which requests wait behind another of the same person, and since when each has its saga."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns."""
    op.add_column("requests", sa.Column("same", sa.Text))
    op.add_column("requests", sa.Column("mailbox", sa.Text))
    op.add_column("requests", sa.Column("behind", sa.Text))
    op.add_column("requests", sa.Column("begun_at", UtcTime))
    op.create_index("ix_requests_same", "requests", ["same"])
    op.create_index("ix_requests_mailbox", "requests", ["mailbox"])
    op.create_index("ix_requests_behind", "requests", ["behind"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_requests_behind", table_name="requests")
    op.drop_index("ix_requests_mailbox", table_name="requests")
    op.drop_index("ix_requests_same", table_name="requests")
    for name in ("begun_at", "behind", "mailbox", "same"):
        op.drop_column("requests", name)
