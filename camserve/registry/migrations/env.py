"""What Alembic executes to run the migrations, on the connection that camserve hands in.

The transaction around it belongs to the caller, who holds the lock: all or nothing.
"""

from alembic import context

from camserve.registry.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
