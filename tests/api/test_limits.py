from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import limits
from api.limits import Allowance, Asker, FailedTries
from api.problems import TooManyTries


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_key_spends_its_allowance_at_once_and_earns_it_back_evenly():
    clock = Clock()
    allowance = Allowance(3, 60.0, clock)

    for _ in range(3):
        assert allowance.wait("a") == 0.0
        allowance.spend("a")

    assert allowance.wait("a") == pytest.approx(20.0)
    assert allowance.wait("b") == 0.0
    clock.now += 20.0
    assert allowance.wait("a") == pytest.approx(0.0)


@given(st.lists(st.floats(0.0, 30.0), max_size=60))
def test_no_period_lets_through_more_than_twice_the_allowance(pauses):
    clock = Clock()
    allowance = Allowance(5, 60.0, clock)
    spent = []

    for pause in pauses:
        clock.now += pause
        if allowance.wait("a") == 0.0:
            allowance.spend("a")
            spent.append(clock.now)

    for moment in spent:
        assert sum(moment <= other < moment + 60.0 for other in spent) <= 10


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(limits, "KEYS_REMEMBERED", 10)
    clock = Clock()
    allowance = Allowance(1, 60.0, clock)

    for number in range(100):
        allowance.spend(str(number))
    assert len(allowance.earned_back) == 10
    clock.now += 61.0
    allowance.spend("last")
    assert list(allowance.earned_back) == ["last"]


def test_a_client_that_failed_too_often_waits():
    clock = Clock()
    tries = FailedTries(per_client=2, per_gtin=100, clock=clock)

    for _ in range(2):
        tries.check("10.0.0.1", ["04600000000015"])
        tries.failed("10.0.0.1", "04600000000015")

    with pytest.raises(TooManyTries) as refusal:
        tries.check("10.0.0.1")
    assert refusal.value.retry_after_seconds == 30
    tries.check("10.0.0.2", ["04600000000015"])


def test_a_gtin_that_many_clients_failed_at_waits_for_strangers_alone():
    tries = FailedTries(per_client=100, per_gtin=2, clock=Clock())

    for number in range(2):
        tries.failed(f"10.0.0.{number}", "04600000000015")

    with pytest.raises(TooManyTries):
        tries.check("10.0.0.9", ["04600000000022", "04600000000015"])
    tries.check("10.0.0.9")


def test_a_stranger_is_known_by_its_address_and_a_participant_by_its_id():
    tries = FailedTries(per_client=1, per_gtin=100, per_participant=2, clock=Clock())
    stranger = Asker(tries, "10.0.0.1", None)
    participant = Asker(tries, "10.0.0.1", UUID(int=1))

    stranger.failed("04600000000015")
    participant.failed(None, times=0)
    with pytest.raises(TooManyTries):
        stranger.check(["04600000000015"])
    participant.check(["04600000000015"])
    participant.failed("04600000000015", times=2)
    with pytest.raises(TooManyTries):
        participant.check([])
