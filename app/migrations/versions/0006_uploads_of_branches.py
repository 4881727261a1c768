"""Uploads of the default branch apart from those of pull requests, and how often they failed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEPT = "repo_id, full_name, review_id, upload_id, looks_left, look_at, failure, refusal, made_at"


def upgrade() -> None:
    op.rename_table("upload", "upload_before")
    op.create_table(
        "upload",
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("is_of_base", sa.Boolean(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("upload_id", sa.String(), nullable=False),
        sa.Column("looks_left", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.Float(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "is_of_base", name="pk_upload_of_branch"),
    )
    # Before, a repository had one row for its last upload, whatever that was of.
    of_base = "EXISTS (SELECT 1 FROM review WHERE review.id = review_id AND review.subject LIKE 'base%')"
    op.execute(
        f"INSERT INTO upload (is_of_base, failures, {KEPT})"  # noqa: S608
        f" SELECT {of_base}, CASE WHEN failure = '' THEN 0 ELSE 1 END, {KEPT} FROM upload_before"
    )
    op.drop_table("upload_before")


def downgrade() -> None:
    op.rename_table("upload", "upload_after")
    op.create_table(
        "upload",
        sa.Column("repo_id", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("upload_id", sa.String(), nullable=False),
        sa.Column("looks_left", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.Float(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", name="pk_upload_of_repository"),
    )
    op.execute(
        f"INSERT INTO upload ({KEPT}) SELECT {KEPT} FROM upload_after AS kept WHERE made_at ="  # noqa: S608
        " (SELECT max(made_at) FROM upload_after WHERE repo_id = kept.repo_id)"
    )
    op.drop_table("upload_after")
