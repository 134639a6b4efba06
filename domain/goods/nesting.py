"""Goods that are named together, of which one may lie in another."""

from collections.abc import Iterable, Iterator, Mapping

from domain.registry.scene import Scene
from domain.registry.spans import Place


def outermost_first(scene: Scene, places: Iterable[Place]) -> list[Place]:
    """These atoms, each after the pack that it lies in: what becomes of it is no matter of chance."""
    if not scene.packages:
        return list(places)
    return sorted(places, key=lambda place: len(scene.around(scene.now[place].standing.parent_id)))


def packages_outermost_first(scene: Scene, packages: Iterable[int]) -> list[int]:
    return sorted(packages, key=lambda one: len(scene.around(one)))


def contents_of_packs(scene: Scene) -> Mapping[Place, list[Place]]:
    """What lies directly in each coded pack, under the place of its code, as far as it is at hand."""
    return {place: sorted(scene.units_in[pack]) for place, pack in scene.pack_at.items()}


def still_there(
    scene: Scene, places: Iterable[Place], before: Mapping[Place, list[Place]]
) -> Iterator[Place]:
    """These atoms; instead of the code of a pack that has come apart since, what lay in it."""
    for place in places:
        if place in before and place not in scene.pack_at:
            yield from still_there(scene, before[place], before)
        else:
            yield place
