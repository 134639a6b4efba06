"""The service: its parts put together, and the server that runs it."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from types import FrameType
from typing import NoReturn, TextIO

import uvicorn
from fastapi import FastAPI

from api import (
    answers,
    batches,
    blocks,
    catalogue,
    changes,
    contents,
    documentation,
    findings,
    foreign,
    health,
    keys,
    layouts,
    lifecycle,
    packages,
    participants,
    print_files,
    prints,
    problem_pages,
    products,
    receipts,
    reconciliations,
    regimes,
    remarkings,
    requests,
    sendings,
    suspensions,
    trace,
    transfers,
    withdrawals,
)
from api.bodies import Bounds
from api.dependencies import AcceptedKeys, Secrets
from api.limits import FailedTries
from api.making import Talks
from api.pages import layouts as layout_pages
from api.pages import pictures, routes
from api.problems import handle_refusals
from api.settings import Settings, SettingsError
from api.telemetry import Metrics, Telemetry, logger
from domain.database import Database, migrate
from domain.embedded import EmbeddedPostgres

VERSION = "0.1.0"
PRESSES = 2
PRINTERS = 64  # spoken to at once
# A request on a million units makes objects by the hundred thousand and lets go of none before it
# ends: looking through them for rubbish, every 700 as usual, takes two fifths of the processor.
RUBBISH_AFTER = (50_000, 20, 20)
ROUTERS = (  # the busiest first: a request is held against each route in this order
    trace.router,
    receipts.router,
    participants.router,
    suspensions.router,
    catalogue.router,
    contents.router,
    changes.router,
    products.router,
    batches.router,
    prints.router,
    print_files.router,
    sendings.router,
    layouts.router,
    lifecycle.router,
    packages.router,
    withdrawals.router,
    remarkings.router,
    blocks.router,
    findings.router,
    keys.router,
    regimes.router,
    requests.router,
    reconciliations.router,
    transfers.router,
    answers.router,
    foreign.router,
    routes.router,
    layout_pages.router,
    problem_pages.router,
    health.router,
    documentation.router,
)


def create_app(settings: Settings, log_to: TextIO | None = None) -> FastAPI:
    """The service under these settings; its database is opened when it starts."""
    app = FastAPI(
        title="Tamga",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        # Native telemetry would put exceptions' messages and inputs into spans: ours does not.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.log = logger(settings.log_level, log_to or sys.stdout)
    app.state.failed_tries = FailedTries(
        settings.failed_tries_per_client,
        settings.failed_tries_per_gtin,
        settings.failed_tries_per_participant,
    )
    for router in ROUTERS:
        # Not `include_router`: it wraps every route once more, 5 microseconds for each that is
        # passed over on the way to the one that is meant, and our routers share nothing.
        app.router.routes.extend(router.routes)
    handle_refusals(app)
    app.openapi = lambda: documentation.described(app)  # type: ignore[method-assign]
    app.add_middleware(Bounds, settings=settings)
    app.add_middleware(Telemetry, metrics=app.state.metrics, log=app.state.log)
    return app


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    if settings.database_url is None:
        raise SettingsError("TAMGA_DATABASE_URL: not set, and no embedded PostgreSQL was started")
    database = Database(
        settings.database_url,
        pool_size=settings.database_connections,
        command_timeout=settings.statement_seconds,
    )
    app.state.database = database
    app.state.accepted_keys = AcceptedKeys(database)
    app.state.secrets = Secrets(database, settings.master_key)
    app.state.press = asyncio.Semaphore(PRESSES)
    app.state.printers = Talks(PRINTERS)
    app.state.picture_readers = asyncio.Semaphore(pictures.AT_ONCE)
    try:
        yield
    finally:
        await app.state.printers.end()
        await database.dispose()


@contextlib.contextmanager
def with_database(settings: Settings) -> Iterator[Settings]:
    """The settings with a database: the one they name, or an embedded one, brought up to date."""
    if settings.database_url:
        yield settings
        return
    with EmbeddedPostgres(settings.data) as server:
        asyncio.run(migrate(server.url))
        yield replace(settings, database_url=server.url)


def leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def serve(settings: Settings) -> None:
    """Serve until told to stop; requests under way may end first."""
    if settings.master_key is None:
        raise SettingsError("TAMGA_MASTER_KEY: not set; make one once and keep a copy of it")
    # When it has shut down, uvicorn raises the signal again that told it to: by itself SIGTERM
    # would end the process there, before the embedded PostgreSQL is stopped.
    signal.signal(signal.SIGTERM, leave)
    with with_database(settings) as ready:
        app = create_app(ready)
        gc.freeze()  # what is there now stays as long as the service
        gc.set_threshold(*RUBBISH_AFTER)
        try:
            uvicorn.run(
                app,
                host=ready.host,
                port=ready.port,
                loop="uvloop",
                http="httptools",
                log_level="warning",
                access_log=False,  # it would tell addresses with verification codes in them
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=ready.trusted_proxies,
                timeout_graceful_shutdown=int(ready.shutdown_seconds),
            )
        finally:
            gc.unfreeze()  # so that libraries that count what is left at the end find nothing
