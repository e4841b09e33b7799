"""How long the roads take whose closure hurts most: ``python tests/benchmarks/closures.py``.

The bundled study as it is; Andorra, and north-bayreuth laid out many times, with stations, people
and villages put by chance. Beside it stands what closing every edge and searching everything
anew would take, from the mean of a few edges. Seconds are processor time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd

from firecover.analysis.ground import lay_ground
from firecover.assessment import closures
from firecover.assessment.closures import Served, critical_roads
from firecover.assessment.service import Facilities, first_on_roads, in_service, places_on
from firecover.layers import read_layers
from firecover.layers.model import Roads, points_table, restrictions_table
from firecover.network.fleet import Driving, Fleet, build_fleet
from firecover.network.road_state import RoadState
from firecover.network.travel_times import arrivals_at
from firecover.standards.vehicles import vehicles
from firecover.study import ScenarioTable, load_study
from support.fleets import facilities_of
from support.real_roads import BUNDLED, extract

COUNT, TILES, SAMPLE = 10, 3, 20

Case = tuple[str, Fleet, Facilities, np.ndarray, Served, Served]


def tiled(roads: Roads, side: int) -> Roads:
    """The roads laid out in a square of tiles, each joined to the next by a road."""
    size = np.ptp(roads.xy, axis=0) + 200
    whole = build_fleet(roads, [vehicles()["engine"]], Driving(), []).network
    driven = np.flatnonzero(np.isin(roads.vertex_id, whole.node_vertex))
    lowest, highest = (
        driven[roads.xy[driven].argmin(axis=0)],
        driven[roads.xy[driven].argmax(axis=0)],
    )
    step = roads.vertex_id.max() + 1
    xy, vertex, sizes, frames = [], [], [], []
    for i in range(side):
        for j in range(side):
            tile, shift = i * side + j, np.array([i, j]) * size
            xy.append(roads.xy + shift)
            vertex.append(roads.vertex_id + tile * step)
            sizes.append(np.diff(roads.way_start))
            frames.append(roads.attributes)
            for axis, further, there in ((0, tile + side, i + 1), (1, tile + 1, j + 1)):
                if there == side:
                    continue
                last, first = highest[axis], lowest[axis]
                beyond = shift + size * (np.arange(2) == axis)
                xy.append(np.stack((roads.xy[last] + shift, roads.xy[first] + beyond)))
                seam = roads.vertex_id[last] + tile * step, roads.vertex_id[first] + further * step
                vertex.append(np.array(seam))
                sizes.append([2])
                frames.append(roads.attributes.iloc[:1].assign(road_class="primary", oneway=0))
    return replace(
        roads,
        xy=np.concatenate(xy),
        vertex_id=np.concatenate(vertex),
        way_start=np.concatenate(([0], np.cumsum(np.concatenate(sizes)))),
        attributes=pd.concat(frames, ignore_index=True),
        points=points_table(),
        restrictions=restrictions_table(),
    )


def by_chance(name: str, roads: Roads) -> Case:
    """Stations, people and villages by chance: one station for every 300 roads."""
    fleet = build_fleet(roads, [vehicles()["engine"], vehicles()["light_pumper"]], Driving(), [])
    network, rng = fleet.network, np.random.default_rng(7)
    k = network.edge_count // 300
    counts = k, 10 * k, 12 * network.edge_count
    near = network.node_xy[rng.choice(network.node_count, sum(counts))]
    near = near + rng.normal(0, 100, near.shape)
    stations, villages, people = (
        places_on(fleet, xy, 500, 4) for xy in np.split(near, np.cumsum(counts)[:2])
    )
    vehicle = np.where(np.arange(k) % 2, "engine", "light_pumper")
    who = facilities_of(stations.positions["engine"], vehicle, 60)
    persons = rng.integers(1, 200, counts[2]).astype(float)
    served = Served(people, persons, 300), Served(villages, np.ones(counts[1]), 1200)
    return (name, fleet, who, who.positions.on_network, *served)


def bundled() -> Case:
    """The bundled study's baseline."""
    study = load_study(BUNDLED)
    ground = lay_ground(study, read_layers(study), lambda _: None)
    limit_s = ground.rules["response_s"].value
    people = Served(ground.places["population"], ground.persons, limit_s)
    villages = ground.places["villages"]
    asked = Served(villages, np.ones(len(villages.xy)), study.assessment.village_minutes * 60)
    serves = in_service(ground.who, "baseline", ScenarioTable(), "")
    return "bundled study", ground.fleet, ground.who, serves, people, asked


def cases() -> Iterator[Case]:
    """The networks, one after the other."""
    yield bundled()
    yield by_chance("Andorra", extract("andorra"))
    side = TILES
    yield by_chance(f"north-bayreuth, {side} × {side}", tiled(extract("north-bayreuth"), side))


def seconds(work: Callable[[], object]) -> float:
    """The processor time of some work."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def naive_s(fleet: Fleet, who: Facilities, serves: np.ndarray, both: tuple[Served, ...]) -> float:
    """What it takes to close every edge in turn and to search everything anew."""
    edges = np.random.default_rng(1).choice(fleet.network.edge_count, SAMPLE, replace=False)

    def work() -> None:
        for edge in edges:
            shut = fleet.under(RoadState(closed=(int(edge),)))
            earliest = first_on_roads(shut, who, serves)
            for served in both:
                for name, each in zip(shut.drives, earliest, strict=True):
                    arrivals_at([each], served.places.positions[name])

    return seconds(work) / SAMPLE * fleet.network.edge_count


def row(case: Case) -> str:
    """A row of the table."""
    name, fleet, who, serves, *both = case
    tried: list[int] = []
    exactly = closures._lost

    def counted(*asked: object) -> object:
        tried.append(1)
        return exactly(*asked)

    closures._lost = counted
    names = [str(i) for i in range(len(both[1].weight))]

    def work() -> None:
        tried.clear()
        critical_roads(fleet, who, serves, *both, names=names, count=COUNT)

    best = min(seconds(work) for _ in range(3))
    closures._lost = exactly
    cells = (
        name,
        f"{fleet.network.edge_count:,}",
        f"{int(serves.sum()):,}",
        f"{len(both[0].weight):,}",
        f"{len(tried):,}",
        f"{best:.2f}",
        f"{naive_s(fleet, who, serves, tuple(both)):.0f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print("| network | edges | stations | people at | edges tried | s | all anew, s |")
    print("|---|---|---|---|---|---|---|")
    for each in cases():
        print(row(each), flush=True)
