"""Receipts applied to a scene, one after another: units leave all that is around them. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.receipts.rules import Share, after_return, after_sale, is_oversold, was_sold
from domain.registry.packages import Custody, taken_out
from domain.registry.scene import Scene
from domain.registry.spans import Place, Span, Standing
from domain.vocabulary import PackageKind, UnitStatus


class Before(NamedTuple):
    """How a unit stood before a receipt.

    `around` are the last events of the packages that it was in; `units` how many numbers its code
    stands for: more than one, if it is a pack's.
    """

    span: Span
    custody: Custody
    is_blocked: bool
    around: tuple[int, ...] = ()
    in_bundle: bool = False
    is_oversold: bool = False
    was_sold: bool = False
    units: int = 1

    @property
    def place(self) -> Place:
        return self.span.series_id, self.span.first


class Left(NamedTuple):
    """What a receipt took out of an open transfer: a unit, a pack, or the code of one dissolved."""

    transfer_id: int
    event_id: int
    place: Place
    units: int
    is_dissolved: bool = False


class Selling:
    """All receipts of a call, within the scene of all their units."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.left: list[Left] = []

    def sell(self, place: Place, share: Share | None, reason: str, *, event_id: int) -> Before:
        """Sell a unit, or a pack with all that is in it; returns how it stood before."""
        before = self.seen(place, share)
        pack = self.scene.pack_at.get(place)
        after = after_sale(self.freed(before, event_id=event_id), share, reason)
        self.scene.change(place, after, event_id=event_id)
        if pack is not None and after.status is not UnitStatus.IN_CIRCULATION:
            for one, standing in self.inside(pack):
                self.scene.change(one, after_sale(standing, None, reason), event_id=event_id)
        self.scene.end_empty(event_id=event_id)
        return before

    def take_back(self, place: Place, share: Share | None, *, event_id: int) -> Before:
        """Take back what was sold: it is loose, and in circulation again with all that is in it.

        What was never sold has not left: it stays where it is.
        """
        before = self.seen(place, share)
        pack = self.scene.pack_at.get(place)
        freed = self.freed(before, event_id=event_id) if before.was_sold else before.span.standing
        self.scene.change(place, after_return(freed, share), event_id=event_id)
        if pack is not None and before.was_sold:
            for one, standing in self.inside(pack):
                self.scene.change(one, after_return(standing, None), event_id=event_id)
        self.scene.end_empty(event_id=event_id)
        return before

    def seen(self, place: Place, share: Share | None) -> Before:
        """How the unit stands, with all that is around and inside it taken into account."""
        scene, span = self.scene, self.scene.now[place]
        standing = span.standing
        custody, pack = scene.custody_of(place), scene.pack_at.get(place)
        blocked = standing.blocked or scene.wide_block(place) is not None
        sold, oversold = was_sold(standing), is_oversold(standing, share)
        if standing.parent_id is None and pack is None:
            return Before(span, custody, blocked, is_oversold=oversold, was_sold=sold)
        around = scene.around(standing.parent_id)
        kinds = {scene.packages[one].kind for one in around}
        return Before(
            span,
            custody,
            blocked or any(map(scene.is_package_blocked, around)) or self.is_blocked_inside(pack),
            tuple(self.last_event(one) for one in around),
            PackageKind.BUNDLE in kinds,
            oversold,
            sold,
            1 + (scene.units_of(pack) if pack is not None else 0),
        )

    def is_blocked_inside(self, pack: int | None) -> bool:
        if pack is None:
            return False
        summary = self.scene.summaries[pack]
        return any(key.blocked for key in summary) or self.scene.wide_block_in(pack) is not None

    def last_event(self, package_id: int) -> int:
        """The last event of a package: of a coded pack, its code's."""
        package = self.scene.packages[package_id]
        place = package.place
        return self.scene.now[place].event_id if place else package.event_id

    def freed(self, before: Before, *, event_id: int) -> Standing:
        """How the unit stands out of all packages around it, and out of its open transfer.

        Packs around it dissolve: their codes leave the transfer, too.
        """
        scene, standing, custody = self.scene, before.span.standing, before.custody
        if custody.transfer_id is not None:
            around = scene.around(standing.parent_id)
            codes = [code for one in around if (code := scene.packages[one].place)]
            self.left.append(Left(custody.transfer_id, event_id, before.place, before.units))
            self.left += [
                Left(custody.transfer_id, event_id, code, 1, is_dissolved=True) for code in codes
            ]
        elif standing.parent_id is None:
            return standing
        scene.open_packs(standing.parent_id, event_id=event_id)
        return taken_out(standing, custody._replace(transfer_id=None))

    def inside(self, package_id: int) -> Iterator[tuple[Place, Standing]]:
        """All that is in a package to any depth, as it stands."""
        for place in sorted(self.scene.units_in[package_id]):
            yield place, self.scene.now[place].standing
            pack = self.scene.pack_at.get(place)
            if pack is not None:
                yield from self.inside(pack)
        for one in sorted(self.scene.packages_in[package_id]):
            yield from self.inside(one)
