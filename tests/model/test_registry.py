"""The registry against the naive model: whatever is done, in whatever order, both say the same."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.registry import sizes
from tests.conftest import run, with_database
from tests.model.beginning import Beginning
from tests.model.leaving import LeavingRules
from tests.model.looking import LookingRules
from tests.model.marking import MarkingRules
from tests.model.world import BLOCK_BITS, STRIPE_BITS, begun

NAME = "model"
RUNS, STEPS = 30, 40


class Registry(LookingRules, MarkingRules, LeavingRules, Beginning):
    """All that anybody can do."""


@pytest.fixture
def world(postgres, template_database, monkeypatch):
    """The people with their first goods, in a database of their own."""
    monkeypatch.setattr(sizes, "STRIPE_BITS", STRIPE_BITS)
    monkeypatch.setattr(sizes, "BLOCK_BITS", BLOCK_BITS)
    asyncio.run(run(postgres, f"CREATE DATABASE {NAME} TEMPLATE {template_database}"))
    with begun(with_database(postgres, NAME)) as world:
        Registry.world = world
        Registry().begin()
        yield world
        Registry.begun = {}

    asyncio.run(run(postgres, f"DROP DATABASE {NAME} WITH (FORCE)"))


@pytest.mark.usefixtures("world")
def test_the_registry_and_the_naive_model_say_the_same():
    run_state_machine_as_test(
        Registry,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            report_multiple_bugs=False,
            # Not `explain`, which runs every line under a tracer.
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
