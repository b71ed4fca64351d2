import pytest

from gdexp.grid import own


@pytest.fixture
def registries():
    """What is known of members, to be as it was afterwards."""
    kept = [(known, dict(known)) for _, known, _ in own.KINDS]
    loaded = dict(own._loaded)
    yield
    for known, before in kept:
        known.clear()
        known.update(before)
    own._loaded.clear()
    own._loaded.update(loaded)
