"""Compare where the rows of two layers are."""

import shapely


def somewhere(geometry):
    """Tell which rows have a geometry with a place in it."""
    shapes = geometry.to_numpy()
    return ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)


def assert_same_places(found, given, tolerance):
    """Hold the same rows at the same places, whatever the order of a ring's corners."""
    there = somewhere(given)
    assert somewhere(found).tolist() == there.tolist()
    distance = shapely.hausdorff_distance(
        found.to_numpy()[there], given.to_numpy()[there], densify=0.5
    )
    assert (distance < tolerance).all()
