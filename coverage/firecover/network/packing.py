"""Take records of arrays apart into named arrays, and put them together again.

What is stored holds no code: records are put together only from the kinds that are named here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.layers.provenance import QualityNote
from firecover.network.engines.graph import Graph
from firecover.network.fleet import Drive, Fleet
from firecover.network.road_network import LeftOut, RoadNetwork
from firecover.network.routing_graph import LastStretch, RoutingGraph
from firecover.network.terrain_summary import GradeBand, TerrainSummary
from firecover.network.turns import Turns
from firecover.standards.vehicles import ClassSpeed, Evidence, TurnSeconds, Vehicle

Arrays = dict[str, NDArray[np.generic]]
RECORDS: Mapping[str, type] = {
    record.__name__: record
    for record in (
        ClassSpeed,
        Drive,
        Evidence,
        Fleet,
        GradeBand,
        Graph,
        LastStretch,
        LeftOut,
        QualityNote,
        RoadNetwork,
        RoutingGraph,
        TerrainSummary,
        TurnSeconds,
        Turns,
        Vehicle,
    )
}
_TREE = "tree"


def pack(record: object) -> Arrays:
    """Return the arrays of a record and all within it; each array once, however often used.

    Raises
    ------
    TypeError
        If something in it cannot be stored.
    """
    packer = _Packer()
    tree = json.dumps(packer.tree(record), ensure_ascii=False)
    return packer.arrays | {_TREE: np.frombuffer(tree.encode(), np.uint8)}


def unpack(arrays: Mapping[str, NDArray[np.generic]]) -> Any:
    """Return the record that was taken apart.

    Raises
    ------
    KeyError, TypeError, ValueError
        If these are not the arrays of a record of the present form.
    """
    return _Unpacker(arrays).value(json.loads(arrays[_TREE].tobytes()))


class _Packer:
    """Collects arrays; a tree of plain values tells where they belong."""

    def __init__(self) -> None:
        self.arrays: Arrays = {}
        self._known: dict[int, object] = {}
        self._kept: list[object] = []  # what is alive keeps its identity

    def tree(self, value: object) -> object:
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, tuple):
            return {"tuple": [self.tree(item) for item in value]}
        if isinstance(value, Mapping):
            return {"mapping": [[str(key), self.tree(item)] for key, item in value.items()]}
        if id(value) not in self._known:
            self._kept.append(value)
            self._known[id(value)] = self._big(value)
        return self._known[id(value)]

    def _big(self, value: object) -> object:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, pd.DataFrame):
            columns = value.items()
            return {"table": [[str(name), *self._column(column)] for name, column in columns]}
        kind = type(value).__name__
        if RECORDS.get(kind) is type(value):
            fields = [field.name for field in dataclasses.fields(value)]  # type: ignore[arg-type]
            return {"record": kind, "of": {f: self.tree(getattr(value, f)) for f in fields}}
        msg = f"a {kind} cannot be stored"
        raise TypeError(msg)

    def _array(self, array: NDArray[np.generic]) -> dict[str, str]:
        if array.dtype.hasobject:
            msg = "an array of objects cannot be stored"
            raise TypeError(msg)
        name = f"a{len(self.arrays)}"
        self.arrays[name] = array
        return {"array": name}

    def _column(self, column: pd.Series[Any]) -> list[object]:
        """Return the type of a column and its arrays: numbers, or words and where they stand."""
        kind = str(column.dtype)
        if isinstance(column.dtype, np.dtype) and not column.dtype.hasobject:
            return [kind, self._array(column.to_numpy())]
        codes, words = pd.factorize(column)
        if not all(isinstance(word, str) for word in words) or (codes < 0).any():
            msg = f"the column {column.name} holds something else than words"
            raise TypeError(msg)
        told = np.asarray(words, dtype=np.str_)
        return [kind, self._array(codes.astype(np.int32)), self._array(told)]


class _Unpacker:
    """Puts a tree and its arrays together; equal parts become one again."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._arrays = arrays
        self._known: dict[str, object] = {}

    def value(self, tree: Any) -> Any:
        if not isinstance(tree, dict):
            return tree
        if "array" in tree:
            return self._arrays[tree["array"]]
        if "tuple" in tree:
            return tuple(self.value(item) for item in tree["tuple"])
        if "mapping" in tree:
            return {key: self.value(item) for key, item in tree["mapping"]}
        if "table" in tree:
            return self._once(tree, self._table)
        return self._once(tree, self._record)

    def _once(self, tree: dict[str, Any], make: Any) -> Any:
        told = json.dumps(tree, sort_keys=True)
        if told not in self._known:
            self._known[told] = make(tree)
        return self._known[told]

    def _record(self, tree: dict[str, Any]) -> Any:
        fields = {name: self.value(part) for name, part in tree["of"].items()}
        return RECORDS[tree["record"]](**fields)

    def _table(self, tree: dict[str, Any]) -> pd.DataFrame:
        columns: dict[str, pd.Series[Any]] = {}
        for name, kind, values, *words in tree["table"]:
            array = self.value(values)
            if words:
                array = self.value(words[0]).astype(object)[array]
            columns[name] = pd.Series(array, dtype=kind)
        return pd.DataFrame(columns)
