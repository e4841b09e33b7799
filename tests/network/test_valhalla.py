"""Car times agree with Valhalla's within the band that the benchmarks' README states."""

import numpy as np
import pytest

from support.real_roads import FILES


def test_car_times_agree_with_valhalla_within_the_band(tmp_path):
    pytest.importorskip("valhalla", reason="pyvalhalla is not installed")
    if not FILES["andorra"][0].exists():
        pytest.skip("the roads of andorra are not at hand")
    from benchmarks.valhalla_peer import PAIRS, compare

    ratio = compare(tmp_path)
    free, counted = ratio["turns free"], ratio["turns counted"]
    assert len(free) > 0.95 * PAIRS
    assert ((free >= 0.85) & (free <= 1.0)).mean() >= 0.95
    assert ((counted >= 0.95) & (counted <= 1.15)).mean() >= 0.95
    assert (np.abs(np.concatenate((free, counted)) - 1) <= 0.2).mean() >= 0.97
