"""Solve a mixed-integer linear program with HiGHS: sparse arrays in, answer and bound out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from firecover.errors import FirecoverError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: What is known of an answer: proven best, found but not proven best, proven impossible,
#: or nothing before time ran out.
Status = Literal["optimal", "feasible", "infeasible", "unknown"]

#: Objective and bound that differ by less than this share of themselves are the same: HiGHS
#: works with a tolerance of 1e-6 in each row.
SAME = 1e-9

#: A variable of a whole number is whole within this (HiGHS: mip_feasibility_tolerance 1e-6).
WHOLE = 1e-5

#: HiGHS's own searches for better answers left out, and branches tried less before they are
#: trusted: from a good answer, proofs took half the time.
SEARCH_LESS = {
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_pscost_minreliable": 2,
}


class SolverError(FirecoverError, RuntimeError):
    """HiGHS stopped without an answer and without a reason that a user could act on."""


@dataclass(frozen=True)
class Program:
    """A linear program to minimise, some of whose variables must be whole numbers.

    Attributes
    ----------
    cost
        Shape (c,), what a unit of each variable costs.
    lower, upper
        Shape (c,), the least and most of each variable.
    whole
        Shape (c,), which must be whole numbers.
    rows
        Shape (r, c), sparse.
    row_lower, row_upper
        Shape (r,), the least and most of each row, infinite where there is none.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    whole: Bools
    rows: sp.csr_array
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True)
class Outcome:
    """What HiGHS says of a program.

    Attributes
    ----------
    status
        What is known.
    values
        Shape (c,), the variables; empty when there is no answer.
    objective
        What they cost; infinite when there is no answer.
    bound
        Nothing costs less than this.
    seconds
        How long the solving took.
    """

    status: Status
    values: Floats = field(repr=False)
    objective: float
    bound: float
    seconds: float


@dataclass(frozen=True)
class Block:
    """Some rows of a program: ``lower <= rows @ variables <= upper``."""

    rows: sp.csr_array
    lower: Floats
    upper: Floats


def block(rows: Any, lower: float | Floats, upper: float | Floats) -> Block:
    """Make a block of rows from any sparse or dense matrix and limits that broadcast."""
    matrix = sp.csr_array(rows)
    count = matrix.shape[0]
    return Block(
        matrix,
        np.broadcast_to(np.asarray(lower, dtype=np.float64), count),
        np.broadcast_to(np.asarray(upper, dtype=np.float64), count),
    )


def program(
    cost: Floats, lower: Floats, upper: Floats, whole: Bools, blocks: Sequence[Block]
) -> Program:
    """Put blocks of rows together; a block narrower than the program ends in zeros."""
    width = cost.size
    rows = [
        sp.csr_array(
            (part.rows.data, part.rows.indices, part.rows.indptr), (len(part.lower), width)
        )
        for part in blocks
    ]
    empty = sp.csr_array((0, width))
    return Program(
        cost=cost,
        lower=lower,
        upper=upper,
        whole=whole,
        rows=sp.csr_array(sp.vstack([*rows, empty], format="csr")),
        row_lower=np.concatenate([*(part.lower for part in blocks), np.empty(0)]),
        row_upper=np.concatenate([*(part.upper for part in blocks), np.empty(0)]),
    )


def solve(
    model: Program,
    *,
    time_limit_s: float | None = None,
    start: Floats | None = None,
    any_answer: bool = False,
    search_less: bool = False,
    gap: float = 0.0,
) -> Outcome:
    """Solve a program to proven optimality, or as far as time allows.

    Parameters
    ----------
    model
        The program.
    time_limit_s
        How long to go on; for ever when not given.
    start
        Shape (c,), an answer to begin with; one that breaks a row is ignored.
    any_answer
        Stop at the first answer: the question is only whether there is one.
    search_less
        Spend the time on proof: ``start`` is a good answer.
    gap
        Stop when the answer is proven to be within this share of the best.

    Returns
    -------
    outcome
        The same for the same program, unless the time limit struck.

    Raises
    ------
    SolverError
        HiGHS failed.
    """
    began = time.perf_counter()
    scale = _scale(model.cost)
    solver = _loaded(model, scale)
    if time_limit_s is not None:
        solver.setOptionValue("time_limit", max(time_limit_s, 1e-3))
    if gap:
        solver.setOptionValue("mip_rel_gap", gap)
    if any_answer:
        solver.setOptionValue("mip_max_improving_sols", 1)
    if search_less:
        for name, value in SEARCH_LESS.items():
            solver.setOptionValue(name, value)
    if start is not None:
        solver.setSolution(start.size, np.arange(start.size, dtype=np.int32), start)
    solver.run()
    outcome = _outcome(solver, model, scale, began)
    return (
        replace(outcome, bound=outcome.objective)
        if not gap and outcome.status == "optimal"
        else outcome
    )


def _scale(cost: Floats) -> float:
    """Return the power of two that lifts small costs above HiGHS's absolute tolerances."""
    largest = float(np.abs(cost).max(initial=0.0))
    return 2.0 ** np.ceil(-np.log2(largest)) if 0 < largest < 1 else 1.0


def _loaded(model: Program, scale: float) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | float | int | str] = {
        "output_flag": False,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 1e-7,
        "parallel": "off",
        "random_seed": 0,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    rows = model.rows
    solver.passModel(
        model.cost.size,
        rows.shape[0],
        rows.nnz,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        np.ascontiguousarray(model.cost * scale),
        np.ascontiguousarray(model.lower),
        np.ascontiguousarray(model.upper),
        np.ascontiguousarray(model.row_lower),
        np.ascontiguousarray(model.row_upper),
        rows.indptr.astype(np.int32),
        rows.indices.astype(np.int32),
        rows.data.astype(np.float64),
        model.whole.astype(np.int32),
    )
    return solver


def _outcome(solver: highspy.Highs, model: Program, scale: float, began: float) -> Outcome:
    said = solver.getModelStatus()
    info = solver.getInfo()
    seconds = time.perf_counter() - began
    none = np.empty(0)
    ends = highspy.HighsModelStatus
    # no program here is unbounded: each cost stands on a variable with limits
    if said in {ends.kInfeasible, ends.kUnboundedOrInfeasible}:
        return Outcome("infeasible", none, np.inf, np.inf, seconds)
    stopped = {ends.kTimeLimit, ends.kSolutionLimit}
    if said not in {ends.kOptimal, ends.kModelEmpty, *stopped}:
        msg = f"HiGHS stopped: {solver.modelStatusToString(said)}"
        raise SolverError(msg)
    whole = bool(model.whole.any())
    bound = info.mip_dual_bound / scale if whole else -np.inf
    if said in stopped and info.primal_solution_status != highspy.kSolutionStatusFeasible:
        return Outcome("unknown", none, np.inf, bound, seconds)
    values = np.asarray(solver.getSolution().col_value, dtype=np.float64)
    values = np.where(model.whole, np.rint(values), values)
    objective = float(model.cost @ values)
    if said in stopped:
        return Outcome("feasible", values, objective, min(bound, objective), seconds)
    return Outcome("optimal", values, objective, min(bound, objective), seconds)


def left_s(time_limit_s: float | None, began: float) -> float | None:
    """Return the seconds that are left of a limit, counted from ``time.perf_counter()``."""
    return None if time_limit_s is None else max(time_limit_s - (time.perf_counter() - began), 0.0)
