"""The fewest sets that together hold every element, with a proof of how few it could be.

Elements and sets that follow from others are dropped, what is left falls apart into parts that
share nothing, small parts are solved exactly by branch and bound, and large ones by greedy
choice and by solving neighbourhoods exactly again and again. The bound is the exact answer of
the small parts and the linear relaxation of the large ones, rounded up, summed.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

#: Parts with at most so many elements are solved exactly: some tenths of a second.
EXACT_ELEMENTS = 150
#: Branch and bound stops after so many nodes: a limit of work, the same on every machine.
NODE_LIMIT = 1000
#: How many sets of a cover are chosen anew at a time.
NEIGHBOURHOOD = 20
#: How often the neighbourhoods of a cover are gone through, at most.
SWEEPS = 10
#: What is whole up to this is whole: the solver's numbers are not exact.
WHOLE = 1e-4

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cover:
    """A cover, and how few sets any cover needs.

    Attributes
    ----------
    chosen
        The sets, rising.
    bound
        No cover has fewer sets; where it is ``len(chosen)``, these are the fewest.
    """

    chosen: Ints
    bound: int


def smallest_cover(holds: csr_array, exact_elements: int = EXACT_ELEMENTS) -> Cover:
    """Return few sets that hold every element.

    Parameters
    ----------
    holds
        Shape (elements, sets), not zero where a set holds an element.
    exact_elements
        Parts with more elements are not solved exactly.

    Raises
    ------
    ValueError
        If an element is in no set.
    """
    member = holds.astype(bool).astype(np.int32)
    if (np.diff(member.indptr) == 0).any():
        msg = "an element is in no set: there is no cover"
        raise ValueError(msg)
    if not member.shape[0]:
        return Cover(np.empty(0, dtype=np.int64), 0)
    member, sets = _reduced(member)
    chosen, bound = [np.empty(0, dtype=np.int64)], 0
    for elements, columns in _parts(member):
        part = csr_array(member[elements][:, columns])
        cover = _cover_part(part, exact_elements)
        chosen.append(sets[columns[cover.chosen]])
        bound += cover.bound
    return Cover(np.sort(np.concatenate(chosen)), bound)


def _reduced(member: csr_array) -> tuple[csr_array, Ints]:
    """Drop elements that are held whenever another is, and sets that hold less than another."""
    sets = np.arange(member.shape[1])
    while True:
        before = member.shape
        member = csr_array(member[_without_supersets(member)])
        kept = _without_subsets(csr_array(member.T))
        member, sets = csr_array(member[:, kept]), sets[kept]
        if member.shape == before:
            return member, sets


def _contained(rows: csr_array) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Return pairs of rows of which the first is part of the second, and whether it is less."""
    common = coo_array(rows @ rows.T)
    inner, outer = (np.asarray(axis, dtype=np.int64) for axis in common.coords)
    size = np.diff(rows.indptr)
    part = (common.data == size[inner]) & (inner != outer)
    inner, outer = inner[part], outer[part]
    return inner, outer, size[inner] < size[outer]


def _without_supersets(rows: csr_array) -> Ints:
    inner, outer, less = _contained(rows)
    dropped = outer[less | (inner < outer)]  # of equal ones the first stays
    return np.setdiff1d(np.arange(rows.shape[0]), dropped)


def _without_subsets(rows: csr_array) -> Ints:
    inner, outer, less = _contained(rows)
    dropped = inner[less | (outer < inner)]
    empty = np.flatnonzero(np.diff(rows.indptr) == 0)
    return np.setdiff1d(np.arange(rows.shape[0]), np.concatenate((dropped, empty)))


def _parts(member: csr_array) -> list[tuple[Ints, Ints]]:
    """Return the elements and sets of each part that shares nothing with the others."""
    elements, sets = member.shape
    row, column = coo_array(member).coords
    size = elements + sets
    joined = coo_array((np.ones(len(row), np.int8), (row, column + elements)), shape=(size, size))
    _, label = connected_components(joined, directed=False)
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return [(group[group < elements], group[group >= elements] - elements) for group in groups]


def _cover_part(part: csr_array, exact_elements: int) -> Cover:
    if part.shape[1] == 1:
        return Cover(np.zeros(1, dtype=np.int64), 1)
    if part.shape[0] <= exact_elements:
        return _branch_and_bound(part)
    return Cover(_improved(part, _greedy(part)), _relaxed_bound(part))


def _relaxed_bound(part: csr_array) -> int:
    """Return how many sets a cover needs, by the dual of the linear relaxation.

    Prices of elements of which no set holds more than 1 in all add up to no more than the sets
    of any cover. They are scaled so that this holds whatever the solver's tolerance.
    """
    elements, sets = part.shape
    matrix: Any = -part.astype(np.float64)  # the stubs know dense ones only
    solved = linprog(np.ones(sets), A_ub=matrix, b_ub=-np.ones(elements), method="highs")
    price = np.maximum(-solved.ineqlin.marginals, 0.0)
    price /= max(1.0, float((part.T @ price).max()))
    return int(np.ceil(price.sum() - WHOLE))


def _branch_and_bound(part: csr_array) -> Cover:
    """Solve a small part; where the work is limited, the greedy choice may remain."""
    sets = part.shape[1]
    found = milp(
        np.ones(sets),
        integrality=np.ones(sets, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(part.astype(np.float64), lb=1),
        options={"node_limit": NODE_LIMIT, "mip_rel_gap": 0},
    )
    chosen, bound = _greedy(part), found.mip_dual_bound
    if found.x is not None:
        solved = np.flatnonzero(found.x > 1 / 2)
        chosen = solved if len(solved) <= len(chosen) else chosen
    return Cover(chosen, 1 if bound is None else int(np.ceil(bound - WHOLE)))


def _greedy(part: csr_array) -> Ints:
    """Take the set that holds most of what is not held yet, then drop those not needed."""
    by_set = csr_array(part.T)
    open_ = np.ones(part.shape[0], dtype=bool)
    heap = [(-int(count), number) for number, count in enumerate(np.diff(by_set.indptr))]
    heapq.heapify(heap)
    chosen = []
    while open_.any():
        promised, number = heapq.heappop(heap)
        held = _row(by_set, number)
        gain = int(open_[held].sum())
        if gain < -promised:
            heapq.heappush(heap, (-gain, number))
            continue
        open_[held] = False
        chosen.append(number)
    return _needed(by_set, part.shape[0], np.array(chosen, dtype=np.int64))


def _needed(by_set: csr_array, elements: int, chosen: Ints) -> Ints:
    """Drop the sets whose elements the others hold, those chosen last first."""
    times = np.zeros(elements, dtype=np.int64)
    for number in chosen:
        times[_row(by_set, number)] += 1
    kept = []
    for number in chosen[::-1]:
        held = _row(by_set, number)
        if (times[held] > 1).all():
            times[held] -= 1
        else:
            kept.append(number)
    return np.sort(np.array(kept, dtype=np.int64))


def _improved(part: csr_array, chosen: Ints) -> Ints:
    """Choose neighbourhoods of a cover anew, exactly, as long as that saves a set."""
    by_set = csr_array(part.T)
    for _ in range(SWEEPS):
        before, done = len(chosen), np.zeros(part.shape[1], dtype=bool)
        for centre in chosen.tolist():
            if done[centre] or centre not in chosen:
                continue
            freed = _neighbours(part, by_set, chosen, centre)
            done[freed] = True
            chosen = _chosen_anew(part, by_set, chosen, freed)
        if len(chosen) == before:
            break
    return chosen


def _neighbours(part: csr_array, by_set: csr_array, chosen: Ints, centre: int) -> Ints:
    """Return the chosen sets around one, as many as are chosen anew at a time."""
    is_chosen = np.zeros(part.shape[1], dtype=bool)
    is_chosen[chosen] = True
    near, reach = np.array([centre]), np.array([centre])
    while len(near) < NEIGHBOURHOOD:
        elements = np.unique(np.concatenate([_row(by_set, number) for number in reach]))
        wider = np.unique(np.concatenate([_row(part, element) for element in elements]))
        if len(wider) == len(reach):
            break
        reach = wider
        fresh = np.setdiff1d(reach[is_chosen[reach]], near)
        near = np.concatenate((near, fresh))
    return near[:NEIGHBOURHOOD]


def _chosen_anew(part: csr_array, by_set: csr_array, chosen: Ints, freed: Ints) -> Ints:
    rest = np.setdiff1d(chosen, freed)
    open_ = np.ones(part.shape[0], dtype=bool)
    for number in rest:
        open_[_row(by_set, number)] = False
    better = smallest_cover(csr_array(part[np.flatnonzero(open_)]), part.shape[0])
    if len(better.chosen) < len(freed):
        return np.sort(np.concatenate((rest, better.chosen)))
    return chosen


def _row(rows: csr_array, number: int) -> Ints:
    return np.asarray(rows.indices[rows.indptr[number] : rows.indptr[number + 1]], dtype=np.int64)
