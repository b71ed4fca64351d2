"""JAX: loaded when a network is first computed, never before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from gdexp.util.errors import ConfigError

# JAX takes three quarters of a GPU at its start, and there may be several workers.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


@cache
def load() -> Any:
    """Return JAX, in double precision, on a GPU if there is one.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    try:
        jax: Any = import_module("jax")
    except ImportError:
        raise ConfigError(
            "networks are computed by JAX, which is not installed;"
            " pip install 'gdexp[autodiff]'"
        ) from None
    jax.config.update("jax_enable_x64", True)
    # GPUs multiply float32 with fewer digits unless told otherwise
    jax.config.update("jax_default_matmul_precision", "highest")
    with _one_thread():
        jax.devices()
    return jax


@contextmanager
def _one_thread() -> Iterator[None]:
    """Start JAX with one thread: workers use the other cores, as with BLAS.

    It asks for this variable once, when it looks for devices.
    """
    before = os.environ.get("NPROC")
    os.environ["NPROC"] = "1"
    try:
        yield
    finally:
        del os.environ["NPROC"]
        if before is not None:
            os.environ["NPROC"] = before


@cache
def gpu() -> bool:
    """Return whether JAX would compute on a GPU, without loading it."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if hidden or os.environ.get("JAX_PLATFORMS", "cuda").startswith("cpu"):
        return False
    with suppress(ImportError):
        plugins = import_module("jax_plugins")
        found = {plugin.name for plugin in iter_modules(plugins.__path__)}
        return Path("/dev/nvidia0").exists() and any("cuda" in name for name in found)
    return False


@cache
def engine() -> dict[str, str]:
    """Return the version of JAX and the device that it computes on, for records."""
    jax = load()
    (device, *_) = jax.devices()
    return {"jax": jax.__version__, "device": device.device_kind}
