"""What the reconciler remembers: redeliveries, and whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redelivery",
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("guid", "app_id"),
    )
    op.create_table(
        "duty",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=False),
        sa.Column("active_repo_id", sa.BigInteger(), nullable=False),
        sa.Column("behind_since", sa.Float(), nullable=True),
        sa.Column("behind_installation_id", sa.BigInteger(), nullable=False),
        sa.Column("behind_repo_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("duty")
    op.drop_table("redelivery")
