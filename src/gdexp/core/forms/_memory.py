"""What a method keeps between two updates, as arrays: a killed run goes on with it."""

import json
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.core.methods.base import Memory, Method
from gdexp.util.errors import MemberError, shown

PLAIN = (int, float, bool, type(None))  # as they are, in JSON


def dumped(method: Method, memory: Memory, rng: Generator) -> dict[str, NDArray[Any]]:
    """Return a memory, and where its random stream is, as arrays.

    Raises
    ------
    MemberError
        If it holds what could not be put back as it was.
    """
    if not isinstance(memory, dict):
        raise MemberError(
            f"{method.name!r} has a memory of type {type(memory).__name__}; allowed: a"
            " dict"
        )
    plain: dict[str, Any] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for name, value in memory.items():
        plain[name] = None  # keeps the order
        known = type(value) is np.ndarray or isinstance(value, np.generic)
        if known and not value.dtype.hasobject:
            arrays[f"memory.{name}"] = np.asarray(value)
        elif type(value) in PLAIN:
            plain[name] = value
        elif value is not rng:
            raise MemberError(
                f"{method.name!r} keeps {shown(name)} of type {type(value).__name__};"
                " allowed: a NumPy array, a number, None, or the generator that 'init'"
                " is given"
            )
        if not isinstance(name, str):
            raise MemberError(f"{method.name!r} keeps {shown(name)}; allowed: a name")
    streams = [name for name, value in memory.items() if value is rng]
    told = {"plain": plain, "streams": streams, "state": rng.bit_generator.state}
    return arrays | {"kept": np.array(json.dumps(told))}


def loaded(arrays: dict[str, NDArray[Any]], rng: Generator) -> Memory:
    """Return a memory that was dumped, with its stream, put where it was."""
    told = json.loads(str(arrays["kept"]))
    memory: Memory = told["plain"] | dict.fromkeys(told["streams"], rng)
    for name in memory:
        if f"memory.{name}" in arrays:
            memory[name] = arrays[f"memory.{name}"][()]  # a number of NumPy's is one
    rng.bit_generator.state = told["state"]
    return memory
