"""Receipts applied to a scene, one after another: units leave all that is around them. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.receipts.rules import Share, after_return, after_sale, is_oversold, was_sold
from domain.registry.packages import Custody
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
        self.leave(before, event_id=event_id)
        after = after_sale(self.scene.now[place].standing, share, reason)
        self.scene.change(place, after, event_id=event_id)
        if pack is not None and after.status is not UnitStatus.IN_CIRCULATION:
            for one, standing in self.inside(pack):
                self.scene.change(one, after_sale(standing, None, reason), event_id=event_id)
        return before

    def take_back(self, place: Place, share: Share | None, *, event_id: int) -> Before:
        """Take back what was sold: it is loose, and in circulation again with all that is in it.

        What was never sold has not left: it stays where it is.
        """
        before = self.seen(place, share)
        pack = self.scene.pack_at.get(place)
        if before.was_sold:
            self.leave(before, event_id=event_id)
        after = after_return(self.scene.now[place].standing, share)
        self.scene.change(place, after, event_id=event_id)
        if pack is not None and before.was_sold:
            for one, standing in self.inside(pack):
                self.scene.change(one, after_return(standing, None), event_id=event_id)
        return before

    def seen(self, place: Place, share: Share | None) -> Before:
        """How the unit stands, with all that is around and inside it taken into account."""
        scene, span = self.scene, self.scene.now[place]
        standing = span.standing
        custody, pack = scene.custody_of(place), scene.pack_at.get(place)
        blocked = standing.blocked or scene.wide_block(place) is not None
        before = Before(
            span,
            custody,
            blocked,
            is_oversold=is_oversold(standing, share),
            was_sold=was_sold(standing),
        )
        if standing.parent_id is None and pack is None:
            return before
        around = scene.around(standing.parent_id)
        return before._replace(
            is_blocked=blocked or scene.is_blocked(place) or self.is_blocked_inside(pack),
            around=tuple(self.last_event(one) for one in around),
            in_bundle=any(scene.packages[one].kind is PackageKind.BUNDLE for one in around),
            units=1 + (scene.units_of(pack) if pack is not None else 0),
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

    def leave(self, before: Before, *, event_id: int) -> None:
        """Take the unit out of all packages around it and out of its open transfer.

        Packs around it dissolve: their codes leave the transfer, too.
        """
        scene, place, transfer = self.scene, before.place, before.custody.transfer_id
        around = scene.around(before.span.standing.parent_id)
        if transfer is not None:
            self.left.append(Left(transfer, event_id, place, before.units))
            self.left += [
                Left(transfer, event_id, code, 1, is_dissolved=True)
                for one in around
                if (code := scene.packages[one].place)
            ]
        if around:
            scene.leave(place, event_id=event_id)
            scene.end_empty(event_id=event_id)
        if transfer is not None:
            free = scene.now[place].standing._replace(transfer_id=None)
            scene.change(place, free, event_id=event_id)

    def inside(self, package_id: int) -> Iterator[tuple[Place, Standing]]:
        """All that is in a package to any depth, as it stands."""
        for place in sorted(self.scene.units_in[package_id]):
            yield place, self.scene.now[place].standing
            pack = self.scene.pack_at.get(place)
            if pack is not None:
                yield from self.inside(pack)
        for one in sorted(self.scene.packages_in[package_id]):
            yield from self.inside(one)
