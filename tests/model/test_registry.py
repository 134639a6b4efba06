"""The registry against the naive model: whatever is done, in whatever order, both say the same.

Stripes hold 8 numbers and blocks 32, so that borders come in nearly every run.
"""

import asyncio
from datetime import date, datetime
from itertools import count
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.codes import actions as codes
from domain.codes.orders import BatchOrder, LotData, OwnCode
from domain.database import Database, driver
from domain.delivery import actions as delivery
from domain.delivery.forms import Form
from domain.doctor import actions as doctor
from domain.errors import (
    Refusal,
)
from domain.goods.named import BatchRun, Goods
from domain.keys import actions as keys
from domain.keys.vault import Vault
from domain.lifecycle import actions as lifecycle
from domain.lifecycle import rules
from domain.lifecycle.told import Told
from domain.participants.actor import Actor
from domain.recognition.units import Texts
from domain.registry import sizes
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.trace import actions as trace
from domain.vocabulary import Emission, Role
from tests.conftest import run, with_database
from tests.model.naive import NaiveLot, NaiveRegistry, NaiveUnit

STRIPE_BITS, BLOCK_BITS = 3, 5
GTINS = ("04810000000018", "04810000000025")
TEMPLATES = ("petfood-l44", "petfood-s")
STEPS = (rules.APPLY, rules.APPLY, rules.INTRODUCE, rules.CANCEL, rules.GIVE_LOT)
SERIALS = st.text("ABCab12!\"%&'()", min_size=5, max_size=5).map(lambda rest: "2" + rest)
LOTS = st.fixed_dictionaries(
    {
        "lot_number": st.sampled_from([None, "L1", "L2"]),
        "produced_on": st.sampled_from([None, date(2026, 11, 1), date(2026, 11, 20)]),
        "expires_on": st.sampled_from([None, date(2026, 12, 1)]),
    }
)
DOCUMENTS = {
    "produced_on": "2026-11-01",
    "primary_document_number": "7",
    "primary_document_date": "2026-11-01",
}
names = count(1)

SMALL = """
CREATE OR REPLACE FUNCTION stripe_bits() RETURNS integer IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS 'SELECT 3';
CREATE OR REPLACE FUNCTION block_bits() RETURNS integer IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS 'SELECT 5';
INSERT INTO participants (uuid, name, member_state, tax_id, roles) VALUES
    ('00000000-0000-4000-8000-000000000001', 'A', 'BY', '100000050', '{PARTICIPANT}'),
    ('00000000-0000-4000-8000-000000000002', 'B', 'KZ', '100000020006', '{PARTICIPANT}');
INSERT INTO products (gtin, owner_id, product_group, version) VALUES
    ('04810000000018', 1, 'petfood', 1), ('04810000000025', 2, 'petfood', 1);
INSERT INTO product_versions (gtin, version, name, translations)
    SELECT gtin, 1, 'Pet food', '{}' FROM products;
INSERT INTO marking_declarations
    (id, product_group, member_state, in_force, valid_from, decision, declared_by)
    SELECT gen_random_uuid(), 'petfood', state::member_state, true, '2020-01-01', 'test', 1
    FROM unnest(ARRAY['BY', 'KZ']) AS state;
"""


@pytest.fixture
def small_template(postgres, template_database, monkeypatch):
    """A database with small stripes and blocks and two participants, to be cloned."""
    monkeypatch.setattr(sizes, "STRIPE_BITS", STRIPE_BITS)
    monkeypatch.setattr(sizes, "BLOCK_BITS", BLOCK_BITS)
    name = f"small_{next(names)}"
    asyncio.run(run(postgres, f"CREATE DATABASE {name} TEMPLATE {template_database}"))
    asyncio.run(run(with_database(postgres, name), SMALL))
    yield name
    asyncio.run(run(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


class RegistryMachine(RuleBasedStateMachine):
    """Drives both; every answer is compared at once, everything again at the end."""

    postgres = ""
    template = ""

    def __init__(self):
        super().__init__()
        self.name = f"model_{next(names)}"
        self.runner = asyncio.Runner()
        self.runner.run(run(self.postgres, f"CREATE DATABASE {self.name} TEMPLATE {self.template}"))
        self.database = Database(with_database(self.postgres, self.name), pool_size=2)
        self.keyring = self.runner.run(keys.open_keyring(self.database, Vault(bytes(32))))
        self.actors = [
            Actor(
                at, UUID(int=(4 << 76) + (8 << 60) + at), name, state, frozenset({Role.PARTICIPANT})
            )
            for at, name, state in ((1, "A", MemberState.BY), (2, "B", MemberState.KZ))
        ]
        self.naive = NaiveRegistry()
        self.codes: list[str] = []
        self.batches: list[tuple[UUID, Actor, list[str]]] = []
        self.moments: dict[int, datetime] = {}
        self.last = None

    def teardown(self):
        try:
            self.compare_all()
        finally:
            self.runner.run(self.database.dispose())
            self.runner.run(run(self.postgres, f"DROP DATABASE {self.name} WITH (FORCE)"))
            self.runner.close()

    def request(self, actor):
        return Request(uuid4(), actor.id, bytes(32))

    @rule(
        who=st.sampled_from((0, 0, 0, 1)),
        template=st.sampled_from((*TEMPLATES[:1], *TEMPLATES)),
        abroad=st.sampled_from((False, False, False, True)),
        quantity=st.integers(1, 45),
        lot=LOTS,
    )
    def register(self, who, template, abroad, quantity, lot):
        actor = self.actors[who]
        order = BatchOrder(
            GTINS[who],
            quantity,
            MemberState.RU if abroad else actor.member_state,
            Emission.CROSS_BORDER if abroad else Emission.PRODUCTION,
            template,
            lot=LotData(**lot) if any(lot.values()) else None,
        )
        self.registered(actor, order, lot)

    @rule(serials=st.lists(SERIALS, min_size=1, max_size=6, unique=True))
    def register_own_serials(self, serials):
        actor = self.actors[0]
        order = BatchOrder(
            GTINS[0],
            len(serials),
            actor.member_state,
            template=TEMPLATES[0],
            own=tuple(OwnCode(serial) for serial in serials),
        )
        known = {code[18:24] for code in self.codes if code[2:16] == GTINS[0]}
        if known & set(serials):
            with pytest.raises(Refusal):
                self.registered(actor, order, {})
        else:
            self.registered(actor, order, {})

    def registered(self, actor, order, lot):
        request = self.request(actor)
        story = codes.register(self.database, request, order, actor=actor, keyring=self.keyring)
        answer, is_new = self.runner.run(story)
        assert is_new
        self.moments[answer["event"]] = datetime.fromisoformat(answer["recorded_at"])
        text = self.runner.run(self.text_of(request.id, actor))
        lines = text.decode().removesuffix("\n").split("\n")
        assert len(lines) == order.quantity
        assert not set(lines) & set(self.codes)
        if order.own:
            assert [line[18:24] for line in lines] == [code.serial for code in order.own]
        for ordinal, code in enumerate(lines):
            unit = NaiveUnit(code, request.id, ordinal, actor.name, lot=NaiveLot().told(**lot))
            unit.happen(answer["event"], "REGISTERED")
            self.naive.units[code] = unit
        assert len({code[:24] for code in lines} | {code[:24] for code in self.codes}) == len(
            lines
        ) + len(self.codes)
        self.codes += lines
        self.batches.append((request.id, actor, lines))

    async def text_of(self, batch, actor):
        found = await delivery.prepare(self.database, batch, actor=actor, keyring=self.keyring)
        return b"".join([part async for part in delivery.stream(found, Form.TEXT)])

    @precondition(lambda self: self.codes)
    @rule(
        who=st.integers(0, 1),
        step=st.sampled_from(STEPS),
        picked=st.lists(st.integers(0, 10_000), min_size=1, max_size=12),
        neighbours=st.integers(0, 12),
        bare=st.booleans(),
        partial=st.booleans(),
        dry_run=st.booleans(),
        lot=LOTS,
        stranger=st.booleans(),
    )
    def take_a_step_with_codes(  # noqa: PLR0913, PLR0917
        self, who, step, picked, neighbours, bare, partial, dry_run, lot, stranger
    ):
        chosen = [self.codes[at % len(self.codes)] for at in picked]
        start = self.codes.index(chosen[0])
        chosen += self.codes[start + 1 : start + 1 + neighbours]
        if stranger:
            chosen.append(f"01{GTINS[0]}212zzzzz")
        texts = Texts.of_list([code[:24] if bare else code for code in chosen])
        verdicts = self.naive.judge(step.verb, chosen, self.actors[who].name)
        self.step(who, step, Goods(texts), chosen, verdicts, partial, dry_run, lot)

    @precondition(lambda self: self.batches)
    @rule(
        step=st.sampled_from(STEPS),
        batch=st.integers(0, 100),
        more=st.integers(0, 2),
        first=st.integers(0, 44),
        left_out=st.integers(0, 44),
        partial=st.booleans(),
        dry_run=st.booleans(),
        lot=LOTS,
    )
    def take_a_step_with_runs(self, step, batch, more, first, left_out, partial, dry_run, lot):  # noqa: PLR0913, PLR0917
        """Units of one batch, or of batches that follow each other, so that borders lie inside."""
        at = batch % len(self.batches)
        actor = self.batches[at][1]
        runs, chosen = [], []
        for uuid, holder, lines in self.batches[at : at + 1 + more]:
            start = first % len(lines) if not runs else 0
            size = max(len(lines) - start - left_out % len(lines), 1)
            if holder is actor:
                runs.append(BatchRun(uuid, start, size))
                chosen += lines[start : start + size]
        verdicts = self.naive.judge(step.verb, chosen, actor.name)
        goods = Goods(None, tuple(runs))
        self.step(actor.id - 1, step, goods, chosen, verdicts, partial, dry_run, lot)

    def step(self, who, step, goods, chosen, verdicts, partial, dry_run, lot):  # noqa: PLR0913, PLR0917
        actor = self.actors[who]
        if step is rules.GIVE_LOT:
            lot = {**lot, "lot_number": lot["lot_number"] or "L3"}
        told = Told(
            lot=LotData(**lot) if any(lot.values()) else None,
            documents=DOCUMENTS,
            partial=partial,
            dry_run=dry_run,
        )
        asked = (self.database, self.request(actor), step, goods, told)
        story = lifecycle.take_step(*asked, actor=actor, keyring=self.keyring)
        good = [code for code, verdict in zip(chosen, verdicts, strict=True) if verdict == "ok"]
        wrong = len(chosen) - len(good)
        if not dry_run and wrong and not (partial and good):
            with pytest.raises(Refusal):
                self.runner.run(story)
            return
        answer, _ = self.runner.run(story)
        assert answer["units"] == len(good)
        assert answer["refused"] == wrong
        if goods.texts is not None and (wrong or dry_run):
            told_lines = {
                line: part["verdict"]
                for part in answer["lines"]
                for line in range(part["first_line"], part["last_line"] + 1)
            }
            assert [told_lines[line] for line in range(1, len(chosen) + 1)] == verdicts
        if dry_run:
            return
        self.moments[answer["event"]] = datetime.fromisoformat(answer["recorded_at"])
        self.naive.take(step.verb, good, answer["event"], **lot)
        self.last = (asked, actor, answer)

    @precondition(lambda self: self.last)
    @rule()
    def repeat_the_last_request(self):
        asked, actor, answer = self.last
        story = lifecycle.take_step(*asked, actor=actor, keyring=self.keyring)

        assert self.runner.run(story) == (answer, False)

    @precondition(lambda self: self.codes)
    @rule(picked=st.integers(0, 10_000))
    def look_at_a_unit(self, picked):
        code = self.codes[picked % len(self.codes)]
        self.compare_history(code)
        for event, moment in self.moments.items():
            story = trace.standing(
                self.database, code, actor=None, keyring=self.keyring, as_of=moment
            )
            found = self.runner.run(story)["standing"]
            expected = self.naive.units[code].as_of(event)
            assert (found and told(found)) == expected

    def compare_history(self, code):
        story = trace.history(self.database, code, actor=None, keyring=self.keyring)
        found = self.runner.run(story)["events"]
        unit = self.naive.units[code]
        assert [(one["event"], one["kind"], *told(one)) for one in found] == unit.history

    def compare_all(self):
        async def standings():
            async with self.database.transaction() as session:
                connection = await driver(session)
                return await connection.fetchval(
                    "SELECT coalesce(sum(last - first + 1), 0) FROM spans"
                )

        assert self.runner.run(standings()) == len(self.codes)
        for code in self.codes[:: max(1, len(self.codes) // 25)]:
            self.compare_history(code)

        async def faults():
            return [
                one
                async for one in doctor.examine(self.database, self.keyring)
                if not one.is_healthy
            ]

        assert self.runner.run(faults()) == []


def told(event):
    """Status and lot as the naive model keeps them."""
    lot = event["lot"] or {}
    return event["status"], NaiveLot(**{name: lot.get(name) for name in vars(NaiveLot())})


def test_the_registry_and_the_naive_model_say_the_same(postgres, small_template):
    RegistryMachine.postgres = postgres
    RegistryMachine.template = small_template

    run_state_machine_as_test(
        RegistryMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
