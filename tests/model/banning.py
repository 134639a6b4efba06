"""Rules: authorities block goods for a while, and lift their blocks."""

from datetime import UTC, datetime
from functools import partial as later
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.blocking import actions as blocking
from domain.blocking.orders import BlockOrder, LotNamed
from domain.participants.actor import Actor
from tests.model import naive_bans
from tests.model.machine import PICKS, SOME, Machine, Picks, seldom
from tests.model.naive_things import Ban, Named
from tests.model.world import GROUPS, INSPECTORS, TRADERS

NO_ID = UUID(int=0)
FAR = datetime(2199, 1, 1, tzinfo=UTC)
SCOPES = (
    "units",
    "units",
    "units",
    "package",
    "package",
    "package",
    "batch",
    "lot",
    "gtin",
    "group",
)
GTINS = list(GROUPS)
WHO = st.sampled_from((0, 0, 0, 1, 1, 1, 2))
AUTHORITIES = (*INSPECTORS, TRADERS[0])  # a trader is none
LAPSE = "UPDATE blocks SET until = clock_timestamp() WHERE uuid = $1 RETURNING until"


class BanningRules(Machine):
    """What must stay where it is."""

    @rule(
        who=WHO,
        scope=st.sampled_from(SCOPES),
        at=SOME,
        picks=PICKS,
        until=st.sampled_from((None, FAR)),
        dry_run=seldom(),
    )
    def block(self, who, scope, at, picks, until, dry_run):  # noqa: PLR0913, PLR0917
        actor = AUTHORITIES[who]
        ban, named = Ban(NO_ID, actor.name, actor.member_state), Named([], [], [])
        if scope == "units":
            named, told = self.units_to_ban(ban, picks)
        else:
            told = self.named_whole(ban, scope, at)
        faults = self.faults_of(ban, actor, scope, named)
        self.banned_by(actor, ban, {**told, "until": until, "dry_run": dry_run}, faults)

    def banned_by(self, actor: Actor, ban: Ban, told: dict[str, Any], faults: set[str]) -> None:
        order, request = BlockOrder("doubt", **told), self.request(actor)
        ban.uuid = request.id
        story = later(blocking.place, self.world.database, request, order)
        answer = self.do(later(story, actor=actor, keyring=self.world.keyring), faults)
        if answer is None:
            return
        inside = self.naive.inside(ban.package) if ban.package else []
        is_narrow = ban.units or ban.package
        assert answer["units"] == (len(ban.units) + len(inside) if is_narrow else None)
        if not order.dry_run:
            naive_bans.place(self.naive, ban, self.note(answer))
        self.compare()

    def units_to_ban(self, ban: Ban, picks: Picks) -> tuple[Named, dict[str, Any]]:
        """Units that the authority reaches, in most picks."""
        every = list(self.naive.units.values())
        reached = [one for one in every if naive_bans.reaches(ban, one.state, {one.issued_in})]
        named = self.pick(picks, reached)
        named = named._replace(packages=[])
        ban.units = frozenset(named.units)
        return named, {"goods": self.goods(named, picks)}

    def named_whole(self, ban: Ban, scope: str, at: int) -> dict[str, Any]:
        """Something that has one name, as the order tells it."""
        pool: list[Any] = {
            "package": self.naive.transports() or self.naive.ssccs(),
            "batch": [units[0].batch for units in self.batches],
            "lot": [*sorted(self.known_lots()), (GTINS[0], "L9")],
            "gtin": GTINS,
            "group": sorted(set(GROUPS.values())),
        }[scope]
        chosen = pool[at % len(pool)] if pool else None
        setattr(ban, scope, chosen)
        if scope == "package":
            return {"package": chosen.name if chosen else "146070950000000996"}
        if scope == "lot":
            return {"lot": LotNamed(*chosen)}
        return {"product_group" if scope == "group" else scope: chosen}

    def known_lots(self) -> set[tuple[str, str]]:
        """Every lot number that was ever told, with its GTIN."""
        return {
            (unit.gtin, moment.lot.lot_number)
            for unit in self.naive.units.values()
            for moment in unit.history
            if moment.lot.lot_number
        }

    def faults_of(self, ban: Ban, actor: Actor, scope: str, named: Named) -> set[str]:
        """Why an authority may not block this."""
        if actor not in INSPECTORS:
            return {"role-missing"}
        if scope == "package":
            is_there = ban.package and not naive_bans.package_faults(self.naive, ban.package, ban)
            return set() if is_there else {"unknown-packages"}
        if scope == "lot":
            return set() if ban.lot in self.known_lots() else {"unknown-lot"}
        return naive_bans.faults(named, ban) if scope == "units" else set()

    @precondition(lambda self: self.naive.bans)
    @rule(who=WHO, at=SOME)
    def lift_a_block(self, who, at):
        actor = AUTHORITIES[who]
        every = list(self.naive.bans.values())
        mine = [one for one in every if one.is_live and one.member_state == actor.member_state]
        pool = mine or every
        ban = pool[at % len(pool)]
        faults = {
            "role-missing": actor not in INSPECTORS,
            "unknown-block": ban.member_state != actor.member_state,
            "block-ended": not ban.is_live,
        }
        first = [slug for slug, is_so in faults.items() if is_so][:1]
        asked = (self.world.database, self.request(actor), ban.uuid, "clean")
        answer = self.do(later(blocking.lift, *asked, actor=actor), set(first))
        if answer:
            naive_bans.end(self.naive, ban, self.note(answer), "UNBLOCKED")
            self.compare()

    @precondition(lambda self: self.naive.live_bans())
    @rule(at=SOME)
    def let_a_block_lapse(self, at):
        """Nobody records it yet; everybody must go by it."""
        bans = self.naive.live_bans()
        ban = bans[at % len(bans)]
        [(ban.lapsed,)] = self.world.execute(LAPSE, ban.uuid)
        self.compare()
