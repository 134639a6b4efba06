"""`python -m tests.storm`: crashes in the middle of mixed operations, and what was true after each."""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from random import Random

from tests.storm.machine import running
from tests.storm.printers import moody
from tests.storm.rounds import Faulty, Storm

ROUNDS = 20
CLIENTS = 12
OPERATIONS = 300


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="about so many a round")
    return parser.parse_args()


async def raised(told: argparse.Namespace, directory: Path) -> None:
    mood = moody(Random(told.seed))  # noqa: S311 - a storm can be raised again
    async with running(directory, printers=told.clients, mood=mood) as machine:
        storm = Storm(machine, told.seed, told.clients, told.operations, partial(print, flush=True))
        total = await storm.rage(told.rounds)
        sys.stdout.write(f"{told.rounds} rounds: {total}; {total.expired} deadlines passed\n")
        told_of = (("done", storm.verbs), ("labels", storm.uses), ("refused", storm.refusals))
        for name, counted in told_of:
            each = ", ".join(f"{what} {times}" for what, times in counted.most_common())
            sys.stdout.write(f"{name}: {each}\n")


def main() -> int:
    told = arguments()
    sys.stdout.write(f"seed {told.seed}: it draws the operations; their order is the machine's\n")
    directory = Path(tempfile.mkdtemp(prefix="tamga-storm-"))
    directory.chmod(0o711)  # root's PostgreSQL runs as another user
    try:
        asyncio.run(raised(told, directory))
    except Faulty as faults:
        sys.stdout.write(
            f"FAULTS (seed {told.seed}; everything is kept in {directory}):\n{faults}\n"
        )
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
