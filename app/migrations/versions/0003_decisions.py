"""The pace of each installation, what people decided, and who pushed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("writes_full_at", sa.Float(), nullable=False),
        sa.Column("content_full_at", sa.Float(), nullable=False),
        sa.Column("paused_until", sa.Float(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id"),
    )
    op.create_table(
        "decision",
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("head_sha", sa.String(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("comment"),
    )
    with op.batch_alter_table("decision") as batch:
        batch.create_index("ix_decision_pull", ["repo_id", "number"], unique=False)
    op.create_table(
        "pusher",
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "number", "login"),
    )
    with op.batch_alter_table("review") as batch:
        batch.add_column(sa.Column("comments_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("finding") as batch:
        batch.add_column(sa.Column("evidence", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("finding") as batch:
        batch.drop_column("evidence")
    with op.batch_alter_table("review") as batch:
        batch.drop_column("comments_due")
    op.drop_table("pusher")
    with op.batch_alter_table("decision") as batch:
        batch.drop_index("ix_decision_pull")
    op.drop_table("decision")
    op.drop_table("pace")
