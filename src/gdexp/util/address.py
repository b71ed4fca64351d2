"""Addresses of MLflow stores, as a configuration may give them.

A configuration is shared and its digest is published, so it holds no credentials: user
names, passwords and tokens come from the environment alone, and what looks like one in
an address is refused without being shown.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from gdexp.util.disks import ALSO_LOCAL, shared_file_system
from gdexp.util.errors import ConfigError, TrackingError, escaped

# those that are tested; MLflow knows more
SCHEMES = ("http", "https", "postgresql", "sqlite")
# of a server, with no room for anything but a place: no ";password=", no "%40"
HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?", re.ASCII)
PATH = re.compile(r"[\w./~-]*", re.ASCII)
CREDENTIALS = (
    "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD or MLFLOW_TRACKING_TOKEN"
    " for a server, PGUSER and PGPASSWORD for PostgreSQL"
)


def check_address(uri: str) -> str:
    """Return an address of a tracking server or database if it may be used.

    Parameters
    ----------
    uri : str
        Empty, ``http://host:port``, ``postgresql://host:port/name`` or ``sqlite:///path``.

    Raises
    ------
    ConfigError
        If it has another form, or holds credentials or options.
    """
    if not uri:
        return uri
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise ConfigError("tracking.uri is no valid address") from None
    server = parts.scheme != "sqlite"
    plain = HOST.fullmatch(parts.netloc or "none") and PATH.fullmatch(parts.path)
    if set("@;?#") & set(uri) or (server and not plain):
        raise ConfigError(
            "tracking.uri: credentials and options have no place in a configuration;"
            f" set {CREDENTIALS} in the environment"
        )
    if parts.scheme not in SCHEMES:
        raise ConfigError(
            "tracking.uri has no scheme that is known; allowed: http://host:port,"
            " https://host, postgresql://host:port/name, sqlite:///path"
        )
    if not server and (parts.netloc or not parts.path.strip("/")):
        raise ConfigError("tracking.uri names no file; allowed: sqlite:///path")
    if server and not parts.hostname:
        raise ConfigError(f"tracking.uri names no host; allowed: {parts.scheme}://host")
    return uri


def file_of(uri: str, results: str | Path) -> Path | None:
    """Return the sqlite file of an address, None for a server or a database server.

    An empty address stands for the file below the results folder.
    """
    if not uri:
        return Path(results).resolve() / "tracking" / "mlflow.db"
    parts = urlsplit(uri)
    # sqlite:///a is relative, sqlite:////a absolute
    return Path(parts.path[1:]).resolve() if parts.scheme == "sqlite" else None


def check_disk(results: str | Path, uri: str = "") -> None:
    """Refuse an sqlite store on a disk that several machines may use, or at no text.

    Raises
    ------
    TrackingError
        With what to do instead.
    """
    path = file_of(uri, results)
    if path and os.fsencode(path).decode("utf-8", "replace") != f"{path}":
        raise TrackingError(
            f"the MLflow store would be at {escaped(f'{path}')}, and MLflow takes no"
            " path that is no UTF-8; set tracking.uri to a server, or call 'gdexp sync"
            " --uri sqlite:///PATH' with another one"
        )
    kind = path and shared_file_system(path)
    if kind:
        raise TrackingError(
            f"the MLflow store {path} would be on {kind}, where sqlite files break if"
            " other machines use them too; set tracking.uri to a server, or call 'gdexp"
            " sync --uri sqlite:///PATH' with a path on a local disk, or set"
            f" {ALSO_LOCAL}={kind} in the environment if only this machine uses it"
        )
