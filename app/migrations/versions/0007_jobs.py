"""The tables of procrastinate, which hands out reviews where several processes share a database.

What it brings is pinned, and `tests/app/test_migrations.py` holds to its last migration. A newer one that has more of
them needs a version of ours that runs those where they are missing.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Of each kind, its name without arguments: none of ours is called so.
OWN = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT format('DROP TABLE %I CASCADE', tablename) AS statement FROM pg_tables
        WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\\_%'
    LOOP EXECUTE found.statement; END LOOP;
    FOR found IN SELECT format('DROP FUNCTION %s CASCADE', oid::regprocedure) AS statement FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%'
    LOOP EXECUTE found.statement; END LOOP;
    FOR found IN SELECT format('DROP TYPE %I CASCADE', typname) AS statement FROM pg_type
        WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'procrastinate\\_%'
            AND typtype IN ('e', 'c')
    LOOP EXECUTE found.statement; END LOOP;
END $$
"""


def upgrade() -> None:
    _execute(SchemaManager.get_schema())


def downgrade() -> None:
    _execute(OWN)


def _execute(script: str) -> None:
    connection = op.get_bind().connection.driver_connection
    if connection is not None and op.get_bind().dialect.name == "postgresql":
        # As it stands: for SQLAlchemy a percent sign would begin a parameter.
        connection.execute(script)
