"""An sqlite store on a network file system: none, with what to do instead."""

import pytest
from support import make_config

from gdexp.cli.main import main


@pytest.fixture
def mounts(workflow):
    """A table of mounts that says that the workflow's folder is on NFS."""
    path = workflow.folder / "mounts"
    path.write_text(
        f"/dev/vda1 / ext4 rw 0 0\nfiler:/home {workflow.folder} nfs4 rw 0 0\n"
    )
    return path


def refused(said):
    (line,) = [line for line in said.splitlines() if "nfs4" in line]
    for words in ("sqlite files break", "set tracking.uri to a server", "--uri sqlite"):
        assert words in line
    assert "Traceback" not in said


def test_commands(workflow, mounts, monkeypatch, capsys):
    monkeypatch.setattr("gdexp.util.disks.MOUNTS", mounts)
    monkeypatch.chdir(workflow.folder)
    workflow.configure(make_config(cells_per_job=2))
    assert main(["cell", "tiny", "linear-gd", "8", "0-1"]) == 0  # only its run is lost
    refused(capsys.readouterr().err)
    assert main(["sync"]) == 1
    said = capsys.readouterr()
    refused(said.err)
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert not (workflow.results / "tracking").exists()


@pytest.mark.slow
def test_workflow(copied_workflow):
    workflow = copied_workflow
    mounts = workflow.folder / "mounts"
    mounts.write_text(f"filer:/home {workflow.folder} nfs4 rw 0 0\n")
    module = workflow.snakefile.parent / "src" / "gdexp" / "util" / "disks.py"
    source = module.read_text()
    module.write_text(source.replace("/proc/self/mounts", str(mounts)))
    workflow.configure(make_config())
    done = workflow.run("collect")  # science goes on, without runs
    assert "nothing is tracked" in done.stderr
    refused(done.stderr)
    assert len(workflow.records()) == 12
    assert not (workflow.results / "tracking").exists()
