"""May I sell, accept or use it: numbered checks for each purpose, and why where not."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from domain.errors_of_custody import GroupNotRecognised
from domain.trace.matters import ON_SALE, Matter, OfferedTo, Purpose
from domain.trace.rules import ADVICE, Outcome
from domain.vocabulary import BlockScope, UnitStatus

MOST_REMEMBERED = 4_096
CROSS_BORDER = "EEC Collegium decision 100 of 2025-10-28, common process of cross-border turnover"
# The goods are with whoever uses them: their code has left circulation for that.
IN_USE = frozenset(
    {
        "RETAIL",
        "DISTANCE_SALE",
        "SAMPLES",
        "VENDING",
        "OWN_USE",
        "PRODUCTION_USE",
        "MEDICAL_USE",
        "VETERINARY_USE",
        "DONATION",
        "STATE_CONTRACT",
        "STATE_SECRET",
        "STATE_ENTERPRISE",
        "NON_RETAIL_USE",
    }
)


class Reason(NamedTuple):
    """Why not; `next_action` says what to do about it."""

    slug: str
    sentence: str
    next_action: str
    legal_basis: str | None = None


# None: not judged.
Found = list[Reason] | None


def genuine(matter: Matter, _purpose: Purpose) -> Found:
    if matter.genuine is None:
        return None
    if matter.genuine:
        return []
    return [
        Reason(
            "not-genuine",
            "The verification code is not this code's.",
            "Keep the goods aside and report them.",
        )
    ]


UNFIT = {
    UnitStatus.ISSUED: Reason(
        "not-applied",
        "The code was issued, and nobody has reported it on goods.",
        "Ask the supplier: goods are applied and introduced before they are handed over.",
    ),
    UnitStatus.APPLIED: Reason(
        "not-introduced",
        "The goods are not in circulation yet.",
        "Ask the supplier to introduce them.",
    ),
    UnitStatus.WITHDRAWN: Reason(
        "withdrawn",
        "The goods have left circulation.",
        "Goods that came back are restored first: PUT /restorations/{id}.",
    ),
    UnitStatus.IN_CIRCULATION: Reason(
        "in-circulation-already",
        "The goods are in circulation, and this road is for goods that are not yet.",
        "Ask the sender for goods under codes that the receiver introduces.",
    ),
    UnitStatus.CANCELLED: Reason(
        "cancelled",
        "The code was cancelled: it must not stand on any goods.",
        "Keep the goods aside and report them.",
    ),
}


def circulating(matter: Matter, purpose: Purpose) -> Found:
    found: list[Reason] = []
    fit = matter.acceptable if purpose is Purpose.ACCEPT else ON_SALE
    in_use = matter.status is UnitStatus.WITHDRAWN and matter.withdrawal_reason in IN_USE
    if in_use and purpose is Purpose.USE:
        return found
    if matter.status not in fit:
        found.append(UNFIT[matter.status])
    if unfit := sum(units for status, units in matter.inside if status not in fit):
        found.append(
            Reason(
                "contents-not-fitting",
                f"{unfit} units inside are not in circulation.",
                "Unpack, and keep these units aside.",
            )
        )
    return found


def fresh(matter: Matter, _purpose: Purpose) -> Found:
    if matter.expired_on is None:
        return []
    return [
        Reason(
            "expired",
            f"The goods were good until {matter.expired_on}.",
            "Take them off sale and withdraw them.",
        )
    ]


COVERED = {
    BlockScope.UNITS: "this unit",
    BlockScope.PACKAGE: "a package around it",
    BlockScope.BATCH: "its batch",
    BlockScope.LOT: "its lot",
    BlockScope.GTIN: "its GTIN",
    BlockScope.PRODUCT_GROUP: "its product group",
}
ASIDE = "Keep the goods aside until the authority lifts the block."


def free(matter: Matter, _purpose: Purpose) -> Found:
    found = []
    for ban in matter.bans:
        until = f" until {ban.until}" if ban.until else ""
        sentence = f"An authority of {ban.member_state} has blocked {COVERED[ban.scope]}{until}."
        slug = f"blocked-{ban.scope.replace('_', '-').lower()}"
        found.append(Reason(slug, sentence, ASIDE, ban.legal_basis))
    if matter.blocked_inside:
        found.append(Reason("contents-blocked", "Something inside is blocked.", ASIDE))
    return found


def settled(matter: Matter, _purpose: Purpose) -> Found:
    if not matter.is_offered:
        return []
    return [
        Reason(
            "in-transfer",
            "The goods are offered to another participant, and locked until the answer.",
            "Wait for the answer, or cancel the offer.",
        )
    ]


def local(matter: Matter, purpose: Purpose) -> Found:
    state = matter.state(purpose)
    if state == matter.turnover_state:
        return []
    return [
        Reason(
            "in-another-state",
            f"The goods are in turnover in {matter.turnover_state}, not in {state}.",
            f"Have them offered to a participant of {state}, who accepts them.",
            CROSS_BORDER,
        )
    ]


def held(matter: Matter, purpose: Purpose) -> Found:
    # What was sold is its buyer's, whom the registry does not know.
    if matter.is_held is None or (purpose is Purpose.USE and matter.status is UnitStatus.WITHDRAWN):
        return None
    if matter.is_held:
        return []
    return [
        Reason(
            "not-held",
            "The goods are not in your custody.",
            "Have them offered to you, and accept them.",
        )
    ]


OFFERING = {
    OfferedTo.ASKER: [],
    OfferedTo.ANOTHER: [
        Reason(
            "offered-to-another",
            "The goods are offered to another participant.",
            "Ask the holder to cancel that offer and to offer them to you.",
        )
    ],
}


def offered(matter: Matter, _purpose: Purpose) -> Found:
    if matter.offered_to is None:
        return None
    if matter.is_held:
        return [Reason("already-held", "You hold the goods already.", "Nothing is to be accepted.")]
    if matter.offered_to is not OfferedTo.NOBODY:
        return OFFERING[matter.offered_to]
    return [
        Reason(
            "not-offered",
            "Nobody has offered the goods to you.",
            "Ask the holder to offer them: PUT /transfers/{id}.",
            CROSS_BORDER if matter.road else None,
        )
    ]


def road(matter: Matter, _purpose: Purpose) -> Found:
    if matter.road is None or matter.road.is_open:
        return []
    _, sentence, basis, right_road = matter.road
    return [Reason(GroupNotRecognised.slug, sentence, right_road, basis)]


Check = Callable[[Matter, Purpose], Found]
CHECKS: Mapping[Purpose, Mapping[str, Check]] = {
    Purpose.SELL: {
        "genuine": genuine,
        "in-circulation": circulating,
        "not-expired": fresh,
        "not-blocked": free,
        "not-in-transfer": settled,
        "in-this-state": local,
        "held": held,
    },
    Purpose.ACCEPT: {
        "genuine": genuine,
        "in-circulation": circulating,
        "not-blocked": free,
        "offered": offered,
        "road": road,
    },
    Purpose.USE: {
        "genuine": genuine,
        "in-circulation": circulating,
        "not-expired": fresh,
        "not-blocked": free,
        "not-in-transfer": settled,
        "held": held,
    },
}


def judged(matter: Matter, purpose: Purpose) -> dict[str, Any]:
    """One purpose, with every check that was made of it."""
    checks, reasons = [], []
    for step, (name, check) in enumerate(CHECKS[purpose].items(), 1):
        found = check(matter, purpose)
        checks.append({"step": step, "name": name, "passed": None if found is None else not found})
        reasons += [{"step": step, **reason._asdict()} for reason in found or ()]
    return {
        "member_state": matter.state(purpose),
        "allowed": not reasons,
        "checks": checks,
        "reasons": reasons,
    }


# Most scans are of goods that stand alike: what is told of them is put together once.
@lru_cache(MOST_REMEMBERED)
def purposes(matter: Matter) -> Mapping[str, dict[str, Any]]:
    """Every purpose, judged. The answer is shared: nobody changes it."""
    return {purpose.value: judged(matter, purpose) for purpose in Purpose}


@lru_cache(MOST_REMEMBERED)
def slugs(matter: Matter) -> Mapping[str, list[str]]:
    """For every purpose the reasons against it, in a word each. Shared, too."""
    return {
        purpose: [reason["slug"] for reason in told["reasons"]]
        for purpose, told in purposes(matter).items()
    }


@lru_cache
def undecided(outcome: Outcome, sentence: str) -> Mapping[str, dict[str, Any]]:
    """Every purpose, for a scan that names no unit that the asker may see."""
    reason = Reason(outcome, sentence, ADVICE[outcome])
    told = {
        "member_state": None,
        "allowed": None if outcome is Outcome.NOT_DECIDED else False,
        "checks": [],
        "reasons": [{"step": None, **reason._asdict()}],
    }
    return {purpose.value: told for purpose in Purpose}
