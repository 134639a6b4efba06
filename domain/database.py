"""The one engine, its doors, and the translation of what PostgreSQL says.

`transaction()` is for changes: one request, one transaction, committed before the answer leaves.
`reading()` is for scans: one autocommit connection, a statement a question.
`snapshot()` is for long reads that must agree with themselves.

Nothing else in Tamga begins, commits or rolls back.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.errors import DatabaseUnavailable, Refusal

SERVER_ROLE = "tamga_server"
LONGEST_WAIT = 10.0  # seconds for a connection, before the asker is told to come back

# asyncpg says "the server is gone" in all these ways; `InternalClientError` is what a COPY or
# `executemany` raises when the server dies under it, and is in neither of the usual families.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    InterfaceError,
    PoolExhausted,
    ConnectionError,
    TimeoutError,
)


def is_lost(error: BaseException) -> bool:
    """Whether this error means that the connection, or the server behind it, was lost."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, SQLAlchemyError):
        # SQLAlchemy's asyncpg adapter wraps twice; the driver's own error is the innermost cause.
        inner = getattr(error, "orig", None)
        cause = getattr(inner, "__cause__", None) or inner
        return isinstance(error, LOST) or (cause is not None and isinstance(cause, LOST))
    return isinstance(error, LOST)


@contextlib.contextmanager
def noticing_loss(*more: type[Exception]) -> Iterator[None]:
    """Turn a lost connection into its refusal; `more` are errors that mean it here, too."""
    try:
        yield
    except Exception as error:
        if is_lost(error) or isinstance(error, more):
            raise DatabaseUnavailable from error
        raise


def constraint_of(error: BaseException) -> str | None:
    """The name of the constraint that this error says was violated."""
    inner = getattr(error, "orig", error)
    cause = getattr(inner, "__cause__", None) or inner
    name = getattr(cause, "constraint_name", None)
    return str(name) if name else None


@contextlib.contextmanager
def refusing(refusals: dict[str, Refusal]) -> Iterator[None]:
    """Turn a violated constraint into the refusal that is told for it, by the constraint's name."""
    try:
        yield
    except (DBAPIError, asyncpg.IntegrityConstraintViolationError) as error:
        refusal = refusals.get(constraint_of(error) or "")
        if refusal is None:
            raise
        raise refusal from error


class Database:
    """One engine and its doors.

    `url` is any `postgresql://` URL of PostgreSQL 15 or later. Statements that take longer than
    `command_timeout` seconds are given up, and so is a connection that cannot be had in time.
    """

    def __init__(
        self,
        url: str,
        *,
        role: str | None = SERVER_ROLE,
        pool_size: int = 20,
        command_timeout: float = 60.0,
    ) -> None:
        settings = {
            "application_name": "tamga",
            "jit": "off",
            # Every hot query has one good plan (`tests/store/test_plans.py`): planning a verdict anew
            # for each scan would cost more than running it.
            "plan_cache_mode": "force_generic_plan",
        }
        if role:
            settings["role"] = role
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=min(command_timeout, LONGEST_WAIT),
            connect_args={
                "command_timeout": command_timeout,
                "timeout": LONGEST_WAIT,
                "server_settings": settings,
            },
        )

    @contextlib.asynccontextmanager
    async def transaction(self, participant: int | None = None) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises DatabaseUnavailable where the connection was lost, at the commit too: then the
        outcome is unknown, and a repeat under the same request id finds it.
        """
        with noticing_loss():
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                # The first statement begins the transaction; asyncpg borrowed before it would
                # commit by itself. It also tells the server's log who acts.
                with noticing_loss(OSError):  # there may be no server at all
                    await session.connection()
                await session.exec(  # type: ignore[call-overload]
                    text("SELECT set_config('tamga.participant', :participant, true)"),
                    params={"participant": str(participant or "")},
                )
                try:
                    yield session
                    await session.commit()
                except BaseException as error:
                    # What asyncpg was told directly, SQLAlchemy does not know: a dead connection
                    # would go back to the pool, and on to the next.
                    await (session.invalidate() if is_lost(error) else session.rollback())
                    raise

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection]:
        """A driver connection outside any transaction: each statement sees what is committed."""
        with noticing_loss():
            with noticing_loss(OSError):
                connection = await self.engine.connect()
            try:
                raw = await connection.get_raw_connection()
                yield raw.driver_connection
            except Exception as error:
                if is_lost(error):
                    await connection.invalidate()
                raise
            finally:
                await connection.close()

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        """A driver connection in one read-only repeatable-read transaction."""
        async with (
            self.reading() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def driver(session: AsyncSession) -> asyncpg.Connection:
    """The asyncpg connection of this session's transaction: for COPY and set-based SQL."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    return raw.driver_connection


def run_script(connection: Connection, script: str) -> None:
    """Run several statements at once in a migration's transaction; for migrations alone."""
    connection.execute(text("SELECT 1"))  # begins the transaction, see `transaction`
    raw: Any = connection.connection.driver_connection
    await_only(raw.execute(script))


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "migrations:")
    return config


async def migrate(url: str) -> str:
    """Bring the schema to the newest version; returns it. Runs as the database's owner."""
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool
    )

    def upgrade(connection: Connection) -> str:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return MigrationContext.configure(connection).get_current_revision() or ""

    try:
        async with engine.begin() as connection:
            # Two servers that start at once: the second waits, then finds nothing to do.
            await connection.execute(text("SELECT pg_advisory_xact_lock(20180202)"))
            return await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def newest_version() -> str:
    """The version that `migrate` brings the schema to."""
    return ScriptDirectory.from_config(migrations()).get_current_head() or ""


async def at_newest_version(connection: asyncpg.Connection) -> bool:
    """Whether the schema is what this program was written for."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return False
    found = await connection.fetchval("SELECT version_num FROM alembic_version")
    return bool(found == await asyncio.to_thread(newest_version))
