"""What operations asks: does the process live, may it be sent requests, how does it do."""

import asyncio

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict

from api.bodies import Router
from api.dependencies import Secrets, TheDatabase, TheMetrics, TheSecrets
from api.telemetry import frames
from domain.database import Database, at_newest_version

PATIENCE_SECONDS = 5.0

router = Router("operations")


class Health(BaseModel):
    """The process lives."""

    alive: bool = True


class Readiness(BaseModel):
    """Whether requests may be sent here, and what is missing if not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"database": True, "schema_is_newest": True, "master_key": True}]
        }
    )

    database: bool = False
    schema_is_newest: bool = False
    master_key: bool = False

    @property
    def complete(self) -> bool:
        return self.database and self.schema_is_newest and self.master_key


@router.get("/health")
async def read_health() -> Health:
    """Answers as long as the process does; asks nothing else."""
    return Health()


@router.get(
    "/ready", responses={503: {"model": Readiness, "description": "Send requests elsewhere."}}
)
async def read_readiness(
    request: Request, database: TheDatabase, secrets: TheSecrets, response: Response
) -> Readiness:
    """The database answers, its schema is this program's, the master key opens its secrets."""
    found = Readiness()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await look(found, database, secrets)
    except Exception as error:  # noqa: BLE001 - whatever it is: not ready, and the log says why
        request.app.state.log.warning("not ready", causes=list(frames(error)))
    response.status_code = 200 if found.complete else 503
    return found


async def look(found: Readiness, database: Database, secrets: Secrets) -> None:
    """Note what is there, as far as it is."""
    async with database.reading() as connection:
        newest = await at_newest_version(connection)
    found.database = True
    found.schema_is_newest = newest
    await secrets.keyring()
    found.master_key = True


@router.get("/metrics", response_class=Response)
async def read_metrics(metrics: TheMetrics) -> Response:
    """The figures of this process, for Prometheus."""
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
