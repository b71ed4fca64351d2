"""In what two cells, entries or results folders differ: what was run, what came out.

What is compared is what `gdexp.records.examine` compares, settings, code and data, and
the outcomes. Versions of libraries, the commit and the machine are told if they differ,
and make no difference of their own: what they alter is seen in what came out.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gdexp.records.ratios import by_dim
from gdexp.records.record import Record
from gdexp.records.sides import Side
from gdexp.util.errors import ConfigError, short

Pairs = dict[str, list[Any]]  # of what differs: its values in a and in b
NAMES = ("experiment", "name")  # how a cell is called, not what is run
OF_CELL = (*NAMES, "dim", "seed", "step_size")  # and what cells of an entry have
COUNTS = ("code", "data")  # of what made a record, what alters numbers
FIRST = ("outcome", "iterations", "certificate", "final_loss")  # told in any case


def differences(a: Side, b: Side, statistic: str = "mean") -> dict[str, Any]:
    """Compare two sides of one kind.

    Parameters
    ----------
    a, b : Side
    statistic : str
        That of T by which entries are compared.

    Returns
    -------
    dict
        Ready for JSON: ``kind``, ``same``, ``run`` and ``made_by`` as name -> [in a, in
        b] of what differs, and what is told of the kind: of cells ``outcome`` and
        ``trajectory``, of entries ``dims``, see `by_dim`, with the number of seeds of
        both of which anything came out otherwise as ``other``, of folders ``only_a``,
        ``only_b``, ``common`` and ``differ``.

    Examples
    --------
    >>> from gdexp.core.spec import Spec
    >>> from gdexp.grid.cells import Cell
    >>> spec = Spec(dataset="c1", model="linear", algorithm="gd", step=1,
    ...             max_iterations=99)
    >>> one, two = (
    ...     Record.of(Cell(experiment="e", name=each.step, spec=each, dim=16, seed=0),
    ...               each.run(16, 0))
    ...     for each in (spec, spec.but(step=2))
    ... )
    >>> found = of_cells(one, two)
    >>> found["run"], found["outcome"]["iterations"]
    ({'step': ['1', '2'], 'step_size': [1.0, 2.0]}, [7, 8])
    """
    if a.kind != b.kind:
        one, two = (
            f"{short(each.label)} is of the kind {each.kind}" for each in (a, b)
        )
        raise ConfigError(f"{one}, {two}; allowed: two of one kind")
    head = {"kind": a.kind, "a": a.label, "b": b.label}
    if a.kind == "cell":
        return head | of_cells(a.record, b.record)
    if a.kind == "entry":
        return head | _of_entries(a.records, b.records, statistic)
    return head | _of_folders(a, b)


def of_cells(a: Record, b: Record) -> dict[str, Any]:
    """Return in what two records differ."""
    run = _pairs(*(_without(each.cell, NAMES) for each in (a, b)))
    made_by = _pairs(a.made_by, b.made_by)
    outcome = _pairs(a.outcome, b.outcome)
    first = {name: [a.outcome[name], b.outcome[name]] for name in FIRST}
    trajectory = _parting(a, b)
    found = {"outcome": first | outcome, "trajectory": trajectory}
    alike = not (run or {*made_by} & {*COUNTS} or _ends_differ(found))
    return {"same": alike, "run": run, "made_by": made_by, **found}


def _ends_differ(found: Mapping[str, Any]) -> bool:
    """Return whether anything that came out of two cells differs."""
    pairs = found["outcome"].values()
    return bool(found["trajectory"]) or any(x != y for x, y in pairs)


def _of_entries(
    a: Mapping[str, Record], b: Mapping[str, Record], statistic: str
) -> dict[str, Any]:
    run = _pairs(
        *(_told(_without(x.cell, OF_CELL) for x in y.values()) for y in (a, b))
    )
    made_by = _pairs(*(_told(x.made_by for x in y.values()) for y in (a, b)))
    cells = [{(x.cell["dim"], x.cell["seed"]): x for x in y.values()} for y in (a, b)]
    common = cells[0].keys() & cells[1].keys()
    found = {place: of_cells(*(each[place] for each in cells)) for place in common}
    other = Counter(dim for (dim, _), each in found.items() if _ends_differ(each))
    dims = [
        {**row, "other": other[row["dim"]]}
        for row in by_dim(a.values(), b.values(), statistic)
    ]
    whole = all(row["only"] == [0, 0] for row in dims)
    return {
        "same": whole and all(each["same"] for each in found.values()),
        "run": run,
        "made_by": made_by,
        "statistic": statistic,
        "dims": dims,
    }


def _of_folders(a: Side, b: Side) -> dict[str, Any]:
    common = [key for key in a.places if key in b.places]
    differ, settings, program = [], [], []
    made_by: list[dict[str, dict[str, Any]]] = [{}, {}]
    for key in common:
        one, two = a.at(key), b.at(key)
        found = of_cells(one, two)
        settings += [key] if found["run"] else []
        program += [key] if {*found["made_by"]} & {*COUNTS} else []
        for told, record in zip(made_by, (one, two), strict=True):
            _tell(told, record.made_by)
        if _ends_differ(found):
            ends = {name: found["outcome"][name] for name in ("outcome", "iterations")}
            differ.append({"cell": key, **ends, "trajectory": found["trajectory"]})
    only = [
        [key for key in x.places if key not in y.places] for x, y in ((a, b), (b, a))
    ]
    return {
        "same": not (differ or settings or program or any(only)),
        "cells": [len(a.places), len(b.places)],
        "common": len(common),
        "only_a": only[0],
        "only_b": only[1],
        "other_settings": settings,
        "other_code_or_data": program,
        "differ": differ,
        "made_by": _pairs(*map(_values, made_by)),
    }


def _without(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in names}


def _told(each: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what some say by name: a value, or the list of those that they have."""
    found: dict[str, dict[str, Any]] = {}
    for values in each:
        _tell(found, values)
    return _values(found)


def _tell(found: dict[str, dict[str, Any]], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        found.setdefault(name, {})[json.dumps(value)] = value


def _values(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        name: next(iter(values.values()))
        if len(values) == 1
        else [values[text] for text in sorted(values)]
        for name, values in found.items()
    }


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> Pairs:
    """Return what differs, None where one has no such thing."""
    names = dict.fromkeys([*a, *b])
    pairs = {name: [a.get(name), b.get(name)] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _parting(a: Record, b: Record) -> dict[str, Any] | None:
    """Return the first iteration that both have recorded and say other things of.

    The iterations that are recorded follow from the cap, and those that both have are
    compared. None if nothing differs but how long they are, which the outcomes say.
    """
    rows = [_rows(each) for each in (a, b)]
    names = [name for name in a.trajectory if name in b.trajectory]
    for t, one in rows[0].items():
        other = rows[1].get(t)
        if other is None:
            continue
        for name in names:
            if one[name] != other[name]:
                return {
                    "iteration": t,
                    "series": name,
                    "values": [one[name], other[name]],
                }
    return None


def _rows(record: Record) -> dict[int, dict[str, Any]]:
    series = record.trajectory
    return {
        t: {name: values[i] for name, values in series.items()}
        for i, t in enumerate(series["iteration"])
    }
