"""Which tests pytest-xdist hands to one process, one after the other."""

from xdist.scheduler import LoadScopeScheduling

# Databases, servers, a Slurm and the grids that use them have two cores between them;
# and what the tests of a folder look at is made once.
GROUPS = {"servers": "services", "cluster": "services", "browser": "browser"}


class Groups(LoadScopeScheduling):
    """Tests by folder where these have to be alone, else whoever is idle takes one.

    The marks `xdist_group` would say it too; but xdist 3.8 writes them to an attribute
    of tests that pytest 9.2 has no more.
    """

    def _split_scope(self, nodeid: str) -> str:
        top, _, rest = nodeid.partition("/")
        folder = rest.partition("/")[0]
        return GROUPS.get(folder, nodeid) if top == "tests" else nodeid
