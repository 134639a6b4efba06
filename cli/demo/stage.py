"""The stage: everything started, the story told a line a step, and the service left running."""

import asyncio
import shutil
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.answers import tell_history, tell_verdict
from cli.demo.journey import CASES, KAZAKHSTAN, PALLET, SOLD, STORE, Journey
from cli.demo.memory import Memory
from cli.demo.people import DAIRY, OPERATORS, PARTICIPANTS
from cli.demo.running import Running, running
from cli.demo.story import QUANTITY, Story
from cli.faults import Ending, Failure
from cli.server import opened, settings, told_plainly
from cli.terminal import terminal
from domain.database import migrate
from domain.embedded import EmbeddedPostgres
from domain.participants import actions as participants
from domain.standards.member_state import MemberState

STEPS = (
    ("/applications", "Applying the codes", "Applied", "to the goods"),
    ("/introductions", "Introducing the goods", "Introduced", "into circulation"),
)


@told_plainly
def play(*, once: bool, port: int | None) -> None:
    """Start everything, let the story happen, and wait; all that was started is stopped again."""
    with ExitStack() as stack:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        stack.callback(signal.signal, signal.SIGTERM, before)
        story, service = begin(stack, port)
        told = tell(story)
        if not once:
            leave_running(story, service, told["history"])


def begin(stack: ExitStack, port: int | None) -> tuple[Story, Running]:
    """Start all that the story needs; the stack stops it again."""
    screen = terminal()
    found = settings()
    memory = Memory(found.data)
    if found.master_key is None:
        found = replace(found, master_key=master_key(memory))
    with screen.step("Starting PostgreSQL") as done:
        server = stack.enter_context(EmbeddedPostgres(found.data))
        done(f"Started PostgreSQL; its data is in {shown(found.data)}")
    with screen.step("Migrating the database") as done:
        done(f"Migrated the database to version {asyncio.run(migrate(server.url))}")
    found = replace(found, database_url=server.url, port=port or found.port)
    with screen.step("Starting the service") as done:
        service = stack.enter_context(running(found, memory.log))
        story = Story(service.url, memory)
        require_ready(story)
        taken = "" if service.url.endswith(f":{found.port}") else f"; port {found.port} is taken"
        done(f"Started the service on {service.url}{taken}")
    with screen.step("Bootstrapping the operators") as done:
        count = asyncio.run(bootstrap(server.url, story))
        done(f"{len(OPERATORS)} operators, one a member state{new_keys(count)}")
    return story, service


def master_key(memory: Memory) -> bytes:
    """The key of this data; made before the data is, so that data without its key is never new."""
    where = shown(memory.master_key_file)
    if memory.has_data and not memory.master_key_file.exists():
        raise Failure(
            f"The master key of the data in {shown(memory.directory)} is missing.",
            more=[f"→ Put it into {where}, or delete the directory to start anew."],
        )
    with terminal().step("Making a master key") as done:
        key, made = memory.master_key()
        what = "Made a master key" if made else "Found the master key"
        done(f"{what}: {where}; back it up, without it no code can be checked")
    return key


def require_ready(story: Story) -> None:
    """Refuse data that was made with another master key, and say what to do."""
    with story.service(DAIRY) as service:
        if not service.look("/ready").get("master_key"):
            mend = f"→ Put it into {shown(story.memory.master_key_file)}, or delete the directory."
            raise Failure(
                f"The data in {shown(story.memory.directory)} was made with another master key.",
                more=[mend],
            )


async def bootstrap(url: str, story: Story) -> int:
    """A key straight from the database for every operator that has none; how many there were."""
    lacking = await asyncio.to_thread(lambda: [one for one in OPERATORS if story.lacks_key(one)])
    async with opened(url) as database:
        for one in lacking:
            _, key = await participants.bootstrap(
                database,
                member_state=MemberState(one.member_state),
                name=one.name,
                tax_id=one.tax_id,
            )
            story.memory.keep_key(one.slug, str(key.api_key))
    return len(lacking)


def tell(story: Story) -> dict[str, Any]:
    """The story, a line a step; returns where it leads."""
    step = terminal().step
    with step("Registering participants") as done:
        count = story.settle()
        done(f"{len(PARTICIPANTS)} participants in five states{new_keys(count)}")
    with step("Importing goods") as done:
        counts = story.import_goods()
        told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        done(f"Imported {sum(counts.values())} real goods: {told}")
    with step("Registering a batch") as done:
        batch, repeated = story.register()
        done(f"{DAIRY.name} registered {QUANTITY} units of {batch['gtin']}{before(repeated)}")
    with step("Writing labels") as done:
        size = story.print_labels(batch["batch"])
        done(f"Wrote their labels, {size // 1024} kB: {shown(story.memory.labels)}")
    for path, doing, did, where in STEPS:
        with step(doing) as done:
            answer, repeated = story.take(path, batch["batch"])
            done(f"{did} {answer['units']} codes {where}{before(repeated)}")
    with step("Scanning") as done:
        code = story.scan(batch["batch"])
        done(f"Decoded the picture of a label: {shown(story.memory.picture)}")
    journey = Journey.of(story, batch["batch"], DAIRY)
    travel(journey)
    with step("Asking for its verdict, and the history of one that was sold") as done:
        verdict = journey.ask("/verify", code)
        history = journey.ask("/history", journey.codes[SOLD[0]])
        done("Asked for its verdict, and the history of one that was sold")
    return tell_answers(story, code, verdict, history)


def travel(journey: Journey) -> None:
    """The goods go from Minsk to Almaty, a line a step."""
    step = terminal().step
    with step("Having marking declared in force") as done:
        _, repeated = journey.declare()
        done(f"{KAZAKHSTAN.name}: marking of dairy is in force{before(repeated)}")
    with step("Packing") as done:
        packed, repeated = journey.pack(DAIRY)
        done(f"Packed {packed['units']} units: {CASES} cases, one pallet{before(repeated)}")
    with step("Writing the pallet's label") as done:
        journey.story.print_pallet(PALLET)
        done(f"Wrote the pallet's label: {shown(journey.story.memory.pallet_label)}")
    with step("Offering the pallet") as done:
        offered, repeated = journey.offer(DAIRY)
        regime = ", ".join(road["regime"].lower() for road in offered["roads"])
        done(f"Offered the pallet to {STORE.name} in Almaty by {regime}{before(repeated)}")
    with step("Accepting it") as done:
        accepted, repeated = journey.accept(offered["transfer"])
        units, missing = accepted["accepted"], accepted["released"]
        done(f"{STORE.name} accepted {units} units, {missing} was missing{before(repeated)}")
    with step("Selling") as done:
        sold, repeated = journey.sell(accepted["recorded_at"])
        done(f"Sold {len(sold['receipts'])} units over the counter{before(repeated)}")


def tell_answers(
    story: Story, code: str, verdict: dict[str, Any], history: dict[str, Any]
) -> dict[str, Any]:
    found = {
        "url": story.url,
        "history": story.address(code),
        "labels": str(story.memory.labels),
        "verdict": verdict,
        "events": history["events"],
    }
    if terminal().speaks:
        terminal().say()
        tell_verdict(verdict)
        terminal().say()
        tell_history(history)
    else:
        terminal().answer(found, brief=found["history"])
    return found


def leave_running(story: Story, service: Running, history: str) -> None:
    """Say where everything is, and wait."""
    try:
        tell_places(story, history)
        service.wait()
    except KeyboardInterrupt:
        terminal().say("Stopping.")
        return
    raise Failure(
        "The service ended by itself.",
        more=[f"See {shown(story.memory.log)}."],
        ending=Ending.FAULT,
    )


def tell_places(story: Story, history: str) -> None:
    screen = terminal()
    key = shown(story.memory.key_file(DAIRY.slug))
    screen.say()
    screen.say(f"{screen.paint('Tamga is running;', 'green')} Ctrl-C stops it.")
    screen.say(f"  its history    {history}")
    screen.say(f"  scan           {story.url}/")
    screen.say(f"  documentation  {story.url}/docs")
    screen.say(f"  try            {program()} verify --url {story.url} '{history}'")
    screen.say(f"                 {program()} login --url {story.url} < {key}")


def new_keys(count: int) -> str:
    return f", {count} new key{'s' if count > 1 else ''}" if count else ""


def before(repeated: bool) -> str:  # noqa: FBT001 - what it says
    return ", in an earlier run" if repeated else ""


def program() -> str:
    """How this program is called here."""
    called = sys.argv[0]
    if shutil.which("tamga") or Path(called).name != "tamga":
        return "tamga"
    return shown(Path(called))


def shown(path: Path) -> str:
    """A path as one would type it here."""
    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
