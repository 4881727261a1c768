"""Runs the migrations on the connection that the store hands over."""

from alembic import context

from app import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.Review.metadata,
    # SQLite cannot alter a table in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
