"""Goods pass to the receiver, or are kept back for the sender, within a scene. Pure."""

from collections.abc import Iterator

from domain.errors import GoodsHeldBack
from domain.errors_of_custody import GoodsNotOffered
from domain.goods import judging
from domain.goods.judging import Located, Seen, judged
from domain.goods.nesting import (
    contents_of_packs,
    outermost_first,
    packages_outermost_first,
    still_there,
)
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry.scene import Scene
from domain.registry.spans import Place, Standing

VERB = "accept"


class Passing:
    """The goods of one transfer under its locks."""

    def __init__(self, scene: Scene, transfer_id: int) -> None:
        self.scene = scene
        self.transfer_id = transfer_id
        self.passed: dict[Standing, Standing] = {}
        self.packs = contents_of_packs(scene)

    def check(self, *parts: Located | None) -> None:
        """Refuse goods that are not in the transfer."""
        for part in parts:
            if part is None:
                continue
            found = judged(part, self.scene, self.is_offered)
            if Verdict.UNKNOWN in found.refused:
                examples = part.units.examples(Verdict.UNKNOWN)
                raise GoodsNotOffered(found.refused[Verdict.UNKNOWN], examples)
            if found.refused:
                raise judging.refusal(VERB, found, part.units)
            strange = [one for one in part.packages if not self.holds(one)]
            if strange:
                names = tuple(self.scene.packages[one].sscc or "" for one in strange[:3])
                raise GoodsNotOffered(len(strange), names)

    def is_offered(self, seen: Seen) -> Verdict:
        mine = seen.custody.transfer_id == self.transfer_id
        return Verdict.OK if mine else Verdict.UNKNOWN

    def holds(self, package_id: int) -> bool:
        """Whether the transfer has this package, by itself or with the one that it lies in."""
        package = self.scene.packages[package_id]
        return (
            package.standing.alive
            and self.scene.custody_in(package_id).transfer_id == self.transfer_id
        )

    def has(self, place: Place) -> bool:
        return self.scene.custody_of(place).transfer_id == self.transfer_id

    def keep_back(self, *parts: Located | None, event_id: int) -> None:
        """Unpack these goods to the sender, and release them."""
        scene, told = self.scene, [part for part in parts if part is not None]
        packages = dict.fromkeys(one for part in told for one in part.packages)
        for package_id in packages_outermost_first(scene, packages):
            if self.holds(package_id):
                self.take_package_out(package_id, event_id=event_id)
                free = scene.packages[package_id].standing._replace(transfer_id=None)
                scene.change_package(package_id, free, event_id=event_id)
        places = dict.fromkeys(place for part in told for place in scene.places_of(part.runs))
        for place in outermost_first(scene, places):
            if self.has(place):
                self.take_out(place, event_id=event_id)
                loose = scene.now[place].standing._replace(transfer_id=None)
                scene.change(place, loose, event_id=event_id)

    def pass_on(self, goods: Located | None, receiver: Actor, *, event_id: int) -> int:
        """Give these goods, or all that is left, to the receiver; returns how many units.

        For a pack that has come apart since, because of what was kept back, stands what lay in it.
        """
        passed = 0
        for package_id in self.packages(goods):
            self.take_package_out(package_id, event_id=event_id)
            passed += self.pass_package(package_id, receiver, event_id=event_id)
        for place in still_there(self.scene, self.places(goods), self.packs):
            if self.has(place):  # it may have passed with its package
                self.take_out(place, event_id=event_id)
                passed += self.pass_unit(place, receiver, event_id=event_id)
        return passed

    def take_out(self, place: Place, *, event_id: int) -> None:
        self.check_opened(self.scene.now[place].standing.parent_id)
        self.scene.leave(place, event_id=event_id)

    def take_package_out(self, package_id: int, *, event_id: int) -> None:
        self.check_opened(self.scene.packages[package_id].standing.parent_id)
        self.scene.leave_package(package_id, event_id=event_id)

    def check_opened(self, package_id: int | None) -> None:
        """Refuse to take anything out of a blocked package, or of one around a blocked one."""
        scene = self.scene
        if package_id is None:
            return
        blocked = any(scene.is_package_blocked(one) for one in scene.around(package_id))
        if blocked or scene.packages[package_id].blocked_inside:
            units, name = scene.units_of(package_id), scene.packages[package_id].sscc
            told = {str(Verdict.BLOCKED): units}
            raise GoodsHeldBack(VERB, units, told, (name,) if name else ())

    def packages(self, goods: Located | None) -> Iterator[int]:
        """The transport units to pass."""
        named = goods.packages if goods is not None else list(self.scene.packages)
        for package_id in packages_outermost_first(self.scene, named):
            package = self.scene.packages[package_id]
            is_root = package.standing.transfer_id == self.transfer_id
            if self.holds(package_id) if goods is not None else is_root:
                yield package_id

    def places(self, goods: Located | None) -> list[Place]:
        """The units to pass, and the codes of packs."""
        if goods is not None:
            return outermost_first(self.scene, self.scene.places_of(goods.runs))
        return [
            place
            for place, atom in self.scene.now.items()
            if atom.standing.transfer_id == self.transfer_id
        ]

    def pass_package(self, package_id: int, receiver: Actor, *, event_id: int) -> int:
        scene = self.scene
        units = scene.units_of(package_id)
        package = scene.packages[package_id]
        if self.is_blocked_in(package_id):
            name = (package.sscc or "",)
            raise GoodsHeldBack(VERB, units, {str(Verdict.BLOCKED): units}, name)
        passed = package.standing._replace(
            holder_id=receiver.id, turnover_state=receiver.member_state, transfer_id=None
        )
        scene.change_package(package_id, passed, event_id=event_id)
        return units

    def pass_unit(self, place: Place, receiver: Actor, *, event_id: int) -> int:
        scene = self.scene
        atom, pack = scene.now[place], scene.pack_at.get(place)
        units = atom.units + (scene.units_of(pack) if pack else 0)
        blocked = scene.is_blocked(place) or scene.wide_block(place) is not None
        if blocked or (pack and self.is_blocked_in(pack)):
            raise GoodsHeldBack(VERB, units, {str(Verdict.BLOCKED): units}, ())
        scene.change(place, self.with_receiver(atom.standing, receiver), event_id=event_id)
        return units

    def with_receiver(self, standing: Standing, receiver: Actor) -> Standing:
        """How units stand once they have passed; thousands that stand alike are told once."""
        passed = self.passed.get(standing)
        if passed is None:
            passed = self.passed[standing] = standing._replace(
                holder_id=receiver.id, turnover_state=receiver.member_state, transfer_id=None
            )
        return passed

    def is_blocked_in(self, package_id: int) -> bool:
        """Whether a block covers the package, or anything inside it."""
        scene = self.scene
        return (
            scene.is_package_blocked(package_id)
            or bool(scene.packages[package_id].blocked_inside)
            or any(key.blocked for key in scene.summaries[package_id])
            or scene.wide_block_in(package_id) is not None
        )
