"""What the README tells a newcomer to type works as it stands, in the order in which it stands."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
# `make demo` is what the fixture below runs; `make test` is running.
MADE_ELSEWHERE = {"make demo\n", "make test\n"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture
def demo(session_directory: Path) -> Iterator[tuple[Path, str]]:
    """The demo as a newcomer runs it, in a directory of its own; Ctrl-C ends it cleanly."""
    home, port = session_directory / "newcomer", free_port()
    home.mkdir()
    environment = {**os.environ, "TAMGA_DATA": ".tamga", "NO_COLOR": "1"}
    environment.pop("DATABASE_URL", None)
    program = "import sys; from cli.main import main; main(sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", program, "demo", "--port", str(port)],
        cwd=home,
        env={**environment, "PYTHONPATH": str(README.parent)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C stops it" in line:
                break
        try:
            assert process.poll() is None, "".join(said)
            yield home, f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()
        assert process.wait(60) == 0


@pytest.mark.database
def test_every_command_of_the_readme_works(demo):
    home, url = demo
    blocks = [one for one in COMMANDS.findall(README.read_text()) if one not in MADE_ELSEWHERE]
    assert len(blocks) == 5
    script = "set -euo pipefail\n" + "".join(blocks).replace(ADDRESS, url)
    script = script.replace("$PWD/.venv/bin", str(Path(sys.executable).parent))

    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (home / "labels.pdf").read_bytes().startswith(b"%PDF")
    assert "in-circulation" in done.stdout
    assert (home / "codes.txt").read_bytes().count(b"\n") == 1_000
