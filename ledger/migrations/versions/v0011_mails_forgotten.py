"""When each mailbox was read to its end, and what was settled before its server numbered its mails anew."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns."""
    op.add_column("mailboxes", sa.Column("whole_at", UtcTime))
    op.add_column("mailboxes", sa.Column("old_uid", sa.BigInteger))
    op.add_column("mailboxes", sa.Column("old_before", UtcTime))


def downgrade() -> None:
    """Take them away."""
    for name in ("old_before", "old_uid", "whole_at"):
        op.drop_column("mailboxes", name)
