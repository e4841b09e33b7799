import json
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from shapely import box

from firecover.layers.model import RasterLayer, points_table
from firecover.layers.provenance import Provenance
from firecover.network import cache
from firecover.network.cache import fleet_key, kept_fleet, load_fleet, save_fleet
from firecover.network.engines import Store
from firecover.network.fleet import Driving, build_fleet
from firecover.network.packing import pack, unpack
from firecover.network.road_state import RoadState
from firecover.standards.vehicles import altered_vehicle, vehicles
from support.networks import CRS, grid, roads_of

VEHICLES = [vehicles()["engine"], vehicles()["motorcycle"]]
AREAS = [box(50, 50, 250, 250)]


def small_roads(**columns):
    lines = grid(4)
    names = [f"{i + 1}号路" for i in range(len(lines))]
    limits = {
        "surface": [""] * 7 + ["gravel"],
        "tracktype": [""] * 8,
        "smoothness": [""] * 8,
        "maxweight_t": np.array([np.nan] * 7 + [3.5]),
        "maxheight_m": np.full(8, np.nan),
        "maxwidth_m": np.full(8, np.nan),
        "access": [""] * 8,
        "ford": np.zeros(8, dtype=bool),
    }
    return roads_of(lines, **({"name": names} | limits | columns))


def hills(slope=0.05):
    values = np.tile(np.arange(60) * 10 * slope, (60, 1))
    transform = Affine(10, 0, -100, 0, -10, 500)
    return RasterLayer("dem", values, transform, CRS, Provenance("modelled", "a test"))


def same(a, b, where="fleet"):
    """Equal to the last bit, in types, order and shapes."""
    assert type(a) is type(b), where
    if is_dataclass(a):
        for field in fields(a):
            same(getattr(a, field.name), getattr(b, field.name), f"{where}.{field.name}")
    elif isinstance(a, np.ndarray):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), where
        assert a.tobytes() == b.tobytes(), where
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
    elif isinstance(a, dict):
        assert list(a) == list(b), where
        for key in a:
            same(a[key], b[key], f"{where}[{key}]")
    elif isinstance(a, tuple):
        assert len(a) == len(b), where
        for number, (one, other) in enumerate(zip(a, b, strict=True)):
            same(one, other, f"{where}[{number}]")
    else:
        assert a == b or (a != a and b != b), where  # noqa: PLR0124 - NaN is not itself


@pytest.mark.parametrize("turn_costs", [True, False])
@pytest.mark.parametrize("dem", [None, hills()], ids=["level", "hills"])
def test_a_fleet_comes_back_to_the_last_bit(tmp_path, turn_costs, dem):
    driving = Driving(turn_costs=turn_costs, contraflow_m=50)
    oneway = np.array([0, 1, 0, 0, 0, -1, 0, 0], dtype=np.int8)
    built = build_fleet(small_roads(oneway=oneway), VEHICLES, driving, AREAS, dem)
    store = Store(tmp_path)
    assert save_fleet(store, "k", built)
    found = load_fleet(store, "k")
    same(built, found)
    assert found.network is found.drives["engine"].network
    assert found.drives["engine"].routing.network is found.network
    slow = RoadState(speed_factor=0.7)
    same(built.under(slow), found.under(slow))


def changed_dem():
    dem = hills()
    height = dem.values.copy()  # noqa: PD011 - a raster's
    height[3, 3] += 1
    return replace(dem, values=height)


def signals():
    return points_table(
        [
            {
                "vertex_id": 5,
                "kind": "signals",
                "barrier": "",
                "maxwidth_m": np.nan,
                "access": "",
                "locked": False,
            }
        ]
    )


CHANGES = {
    "a road moved": lambda asked: asked | {"roads": shifted(asked["roads"])},
    "a road class": lambda asked: (
        asked | {"roads": small_roads(road_class=["primary"] + ["residential"] * 7)}
    ),
    "a name": lambda asked: asked | {"roads": small_roads(name=["new"] + [""] * 7)},
    "a signal": lambda asked: asked | {"roads": replace(asked["roads"], points=signals())},
    "a speed": lambda asked: asked | {"driving": Driving(speed_kmh={"residential": 31.0})},
    "no turn costs": lambda asked: asked | {"driving": Driving(turn_costs=False)},
    "a height": lambda asked: asked | {"dem": changed_dem()},
    "no terrain": lambda asked: asked | {"dem": None},
    "the terrain's place": lambda asked: (
        asked | {"dem": replace(hills(), transform=Affine(10, 0, -90, 0, -10, 500))}
    ),
    "a built-up area": lambda asked: asked | {"built_up": [box(50, 50, 250, 251)]},
    "a vehicle's mass": lambda asked: (
        asked | {"vehicles": [altered_vehicle(VEHICLES[0], {"mass_t": 15}), VEHICLES[1]]}
    ),
    "another usual vehicle": lambda asked: asked | {"vehicles": VEHICLES[::-1]},
}


def shifted(roads):
    xy = roads.xy.copy()
    xy[0, 0] += 0.001
    return replace(roads, xy=xy)


def question():
    return {
        "roads": small_roads(),
        "vehicles": VEHICLES,
        "driving": Driving(),
        "built_up": AREAS,
        "dem": hills(),
    }


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_built_from_makes_an_entry_of_its_own(change):
    assert fleet_key(**question()) == fleet_key(**question())
    assert fleet_key(**CHANGES[change](question())) != fleet_key(**question())


def test_other_code_makes_an_entry_of_its_own(monkeypatch):
    before = fleet_key(**question())
    monkeypatch.setattr(cache, "_code", lambda: "other code")
    assert fleet_key(**question()) != before


@pytest.fixture
def built(monkeypatch):
    """How often a fleet was built."""
    calls = []

    def counted(*asked):
        calls.append(asked)
        return build_fleet(*asked)

    monkeypatch.setattr(cache, "build_fleet", counted)
    return calls


def test_it_is_built_once_then_loaded_and_built_again_when_damaged(tmp_path, built):
    store = Store(tmp_path)
    first = kept_fleet(**question(), store=store)
    same(first, kept_fleet(**question(), store=store))
    assert len(built) == 1
    tree = next(tmp_path.glob("*/tree.npy"))
    for damage in (
        lambda: tree.write_bytes(tree.read_bytes()[:-3] + b"..."),
        lambda: next(tmp_path.glob("*/a0.npy")).unlink(),
        lambda: next(tmp_path.glob("*/contents.json")).write_text("{}"),
    ):
        damage()
        before = len(built)
        same(first, kept_fleet(**question(), store=store))
        assert len(built) == before + 1
    kept_fleet(**question(), store=store)
    assert len(built) == before + 1


def of_another_form(change):
    arrays = pack(build_fleet(**question()))
    tree = json.loads(arrays["tree"].tobytes())
    change(tree)
    return arrays | {"tree": np.frombuffer(json.dumps(tree).encode(), np.uint8)}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda tree: tree["of"].pop("left_out"), id="a field too few"),
        pytest.param(lambda tree: tree["of"].update(more=1), id="a field too many"),
        pytest.param(lambda tree: tree.update(record="Path"), id="another record"),
        pytest.param(lambda tree: tree["of"].update(network={"array": "a999"}), id="no array"),
    ],
)
def test_what_is_of_another_form_counts_as_not_there(tmp_path, change):
    store = Store(tmp_path)
    store.save(cache.KIND, "k", of_another_form(change))
    assert load_fleet(store, "k") is None


def test_off_nothing_is_stored_and_nothing_loaded(tmp_path, monkeypatch, built):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRECOVER_CACHE", "off")
    for _ in range(2):
        kept_fleet(**question())
    assert len(built) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_stored_is_used_without():
    with pytest.raises(TypeError, match="stored"):
        pack(build_fleet(**question()).drives["engine"].vehicle.id.encode())
    assert unpack(pack(build_fleet(**question()).left_out)).parts == 0


def test_a_column_of_mixed_things_is_not_stored(tmp_path):
    fleet = build_fleet(**question())
    fleet.network.attributes["odd"] = pd.Series([1, "a"] * 12, dtype=object)
    assert not save_fleet(Store(tmp_path), "k", fleet)
    assert list(tmp_path.iterdir()) == []


def test_loading_a_network_needs_neither_osmnx_nor_the_readers(tmp_path):
    save_fleet(Store(tmp_path), "k", build_fleet(**question()))
    code = (
        "import sys; from pathlib import Path; "
        "from firecover.network.cache import Store, load_fleet; "
        f"assert load_fleet(Store(Path({str(tmp_path)!r})), 'k').network.edge_count == 24; "
        "heavy = ('osmnx', 'networkx', 'osmium', 'rasterio', 'pyogrio', 'matplotlib', 'folium'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, firecover; print([m for m in ('osmnx', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
