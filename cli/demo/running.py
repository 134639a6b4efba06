"""The service in a thread of this process, on a socket of this machine."""

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from api.main import create_app
from api.settings import Settings
from cli.faults import Ending, Failure

MOMENT = 0.02  # seconds


@dataclass(frozen=True)
class Running:
    """A service that answers."""

    url: str
    thread: threading.Thread

    def wait(self) -> None:
        """Until the service ends by itself, or a signal ends the wait."""
        while self.thread.is_alive():
            self.thread.join(1.0)


def listening(host: str, port: int) -> socket.socket:
    """A socket on this port, or on a free one where it is taken."""
    try:
        return socket.create_server((host, port))
    except OSError:
        return socket.create_server((host, 0))


@contextlib.contextmanager
def running(settings: Settings, log: Path) -> Iterator[Running]:
    """The service under these settings, from its first answer to its orderly end."""
    with (
        listening(settings.host, settings.port) as socket_,
        log.open("a", encoding="utf-8") as lines,
        logging_to(log),
    ):
        host, port = socket_.getsockname()[:2]
        url = f"http://{host}:{port}"
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(replace(settings, base_url=url, port=port), lines),
                loop="uvloop",
                http="httptools",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(settings.shutdown_seconds),
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket_]}, name="service")
        thread.start()
        try:
            while not server.started and thread.is_alive():
                thread.join(MOMENT)
            if not server.started:
                raise Failure(
                    "The service did not start.", more=[f"See {log}."], ending=Ending.FAULT
                )
            yield Running(url, thread)
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def logging_to(log: Path) -> Iterator[None]:
    """What the server itself logs goes where the service's lines go, not onto the screen."""
    logger = logging.getLogger("uvicorn")
    handler = logging.FileHandler(log, encoding="utf-8")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
        handler.close()
