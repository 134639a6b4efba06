"""The bare route: FastAPI, one query through asyncpg, the rows as JSON. A process of its own.

Built as tightly as FastAPI allows: no models, orjson, statements prepared by the pool, the same
loop and parser as Tamga's server, no logs.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from bench.custody_route import router
from bench.wire import HOST, JSON

COLUMNS = "gtin, serial, batch, ordinal, verification_code, status, holder, parent, transfer"
ONE = f"SELECT {COLUMNS} FROM scanned WHERE gtin = $1 AND serial = $2"  # noqa: S608
MANY = f"SELECT {COLUMNS} FROM scanned WHERE gtin = $1 AND serial = ANY ($2::text[])"  # noqa: S608


def bare(url: str, connections: int) -> FastAPI:
    """The application; its pool opens when it starts."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=connections, max_size=connections) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.include_router(router)

    @app.get("/codes/{gtin}/{serial:path}")
    async def one(gtin: str, serial: str) -> Response:
        row = await app.state.pool.fetchrow(ONE, gtin, serial)
        return Response(orjson.dumps(dict(row)), media_type=JSON)

    @app.post("/codes")
    async def many(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        rows = await app.state.pool.fetch(MANY, asked["gtin"], asked["serials"])
        return Response(orjson.dumps([dict(row) for row in rows]), media_type=JSON)

    @app.get("/ready")
    async def ready() -> Response:
        await app.state.pool.fetchval("SELECT 1")
        return Response(b"{}", media_type=JSON)

    return app


def main(arguments: Sequence[str]) -> None:
    """Serve: URL of the database, port, connections."""
    url, port, connections = arguments
    uvicorn.run(
        bare(url, int(connections)),
        host=HOST,
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
