"""Runs migrations on the database that `tamga migrate` or a test hands over."""

from alembic import context
from sqlmodel import SQLModel

from domain import tables_of_prints

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata if tables_of_prints else None,
    compare_server_default=False,
)

with context.begin_transaction():
    context.run_migrations()
