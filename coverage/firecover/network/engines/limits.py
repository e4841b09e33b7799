"""What counts as within a cutoff."""

from __future__ import annotations

import math

#: The same path added up in another order differs by some 1e-16 a step.
ROUNDING = 1e-9


def limit_s(cutoff_s: float) -> float:
    """Return the time up to which a sum is taken to be within a cutoff.

    A place reached exactly at the cutoff is within it, in whatever order an engine adds up
    the path; its time is then told as the cutoff.
    """
    return cutoff_s * (1 + ROUNDING) if math.isfinite(cutoff_s) else cutoff_s
