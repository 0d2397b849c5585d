"""Which question a mail belongs to: by a keyed hash that is forgotten, so that the question's own id can be chance."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "mail_names",
        sa.Column("made", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("named_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("made", name="pk_mail_names"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("mail_names")
