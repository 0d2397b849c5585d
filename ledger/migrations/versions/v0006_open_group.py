"""A person's open requests are found without reading all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_requests_open_group", "requests", ["case_group"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_requests_open_group", table_name="requests")
