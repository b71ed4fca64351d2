"""Addresses of stores: what a configuration may say, and what it must never hold."""

import os
from pathlib import Path

import pytest
from support import make_config

from gdexp.grid.grid import Grid, load
from gdexp.util.address import check_address, check_disk, file_of
from gdexp.util.disks import shared_file_system
from gdexp.util.errors import ConfigError, TrackingError

MOUNTS = """\
/dev/vda1 / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
filer:/home /home nfs4 rw,vers=4.2 0 0
/dev/vdb1 /home/anna/local\\040disk xfs rw 0 0
10.0.0.1@tcp:/work /scratch lustre rw 0 0
thing /mnt/thing fuse.thing rw 0 0
/etc/auto.net /net autofs rw 0 0
/etc/auto.net /vault autofs rw 0 0
vault:/ /vault nfs4 rw 0 0
C: /mnt/c 9p rw 0 0
/dev/vdc1 /mnt/данные ext4 rw 0 0
filer:/архив /mnt/архив nfs4 rw 0 0
filer:/a /mnt/wide\u3000blank\u2028line nfs4 rw 0 0
filer:/b /mnt/back\\134slash\\012line\rend nfs4 rw 0 0
 /mnt/nothing nfs4 rw 0 0
cut /mnt
"""


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://localhost:5000",
        "https://mlflow.example.org/prefix",
        "postgresql://db.example.org:5432/mlflow",
        "postgresql://db/mlflow",
        "sqlite:////scratch/me/mlflow.db",
        "sqlite:///mlflow.db",
    ],
)
def test_good_addresses(uri):
    assert check_address(uri) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "http://anna:hunter2@localhost:5000",
        "postgresql://anna:hunter2@db/mlflow",
        "postgresql://hunter2@db/mlflow",
        "postgresql://db/mlflow?password=hunter2",
        "https://db/#hunter2",
        "http://[::1:hunter2",
        "http://localhost:hunter2",
        "hunter2",
        "ftp://hunter2",
        "http://",
        "sqlite://",
        "postgresql:///",
        "sqlite://hunter2/x.db",
        "hunter2://db/mlflow",
        "postgresql://db/mlflow;password=hunter2",
        "postgresql://db;password=hunter2/mlflow",
        "postgresql://anna%3Ahunter2%40db/mlflow",
        "postgresql://db/hunter2%40db",
        "http://anna:hunter2\\@localhost",
        "sqlite:////scratch/me.db;key=hunter2",
    ],
)
def test_bad_addresses_are_refused_and_not_shown(uri):
    config = make_config(tracking={"uri": uri})
    with pytest.raises(ConfigError) as error:
        Grid.of(config)
    assert "tracking.uri" in str(error.value)
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)


ADDRESS = "postgresql://anna:hunter2@db/mlflow"


@pytest.mark.parametrize(
    "changes",
    [
        {"tracking": ADDRESS},
        {"tracking": [ADDRESS]},
        {"tracking": {"mode": ADDRESS}},
        {"tracking": {"mode": "hunter2"}},
        {"tracking": {"uri": [ADDRESS]}},
        {"tracking": {"uri": {"hunter2": 1}}},
        {"tracking": {"url": ADDRESS}},
        {"tracking": {ADDRESS: None}},
        {"tracking": {"hunter2": "inline"}},
        {"tracking": {"uri": "", "uri:hunter2": 1}},
        # meant for another key
        {"tracking_uri": ADDRESS},
        {ADDRESS: 1},
        {"results": ADDRESS},
        {"data": [ADDRESS]},
        {"experiments": ADDRESS},
        {"experiments": {ADDRESS: {}}},
        {"studies": {ADDRESS: {}}},
    ],
)
def test_a_password_in_any_place_is_not_shown(changes):
    with pytest.raises(ConfigError) as error:
        Grid.of(make_config(**changes))
    assert "hunter2" not in str(error.value)
    assert "allowed: " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_password_as_the_name_of_a_dataset_is_not_shown():
    config = make_config()
    config["experiments"]["tiny"]["dataset"] = ADDRESS
    with pytest.raises(ConfigError, match="dataset an address, not shown") as error:
        Grid.of(config)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("line", ['uri: "{}', "uri: {}: x", "{}: [", "uri: `{}"])
def test_a_line_that_is_no_yaml_is_not_shown(tmp_path, line):
    path = tmp_path / "config.yaml"
    path.write_text("tracking:\n  " + line.format(ADDRESS) + "\n")
    with pytest.raises(ConfigError, match=r"no valid YAML: .* in line \d") as error:
        load(path)
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)


def test_the_file_of_an_address(tmp_path):
    assert file_of("", tmp_path) == tmp_path / "tracking" / "mlflow.db"
    assert str(file_of("sqlite:////scratch/me.db", tmp_path)) == "/scratch/me.db"
    assert file_of("http://localhost:5000", tmp_path) is None
    assert file_of("postgresql://db/mlflow", tmp_path) is None


def test_where_runs_go_alters_no_digest():
    here = Grid.of(make_config())
    there = Grid.of(make_config(tracking={"mode": "none", "uri": "http://there"}))
    assert here.digest == there.digest
    assert here.digest != Grid.of(make_config(seed=8)).digest


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/anna/gdexp/results", "nfs4"),
        ("/home/anna/local disk/results", ""),
        ("/homes", ""),
        ("/scratch/x", "lustre"),
        ("/tmp/x", ""),
        ("/mnt/thing/results", "fuse.thing"),  # nobody knows what that is
        ("/net/filer/results", "autofs"),
        ("/vault/results", "nfs4"),
        ("/mnt/c/results", "9p"),
        ("/mnt/данные/results", ""),
        ("/mnt/архив/results", "nfs4"),
        ("/mnt", ""),
        ("/mnt/wide\u3000blank\u2028line", "nfs4"),
        ("/mnt/back\\slash\nline\rend", "nfs4"),
        ("/mnt/nothing", "nfs4"),
    ],
)
def test_what_is_not_known_to_be_local_is_shared(tmp_path, monkeypatch, path, kind):
    mounts = tmp_path / "mounts"
    mounts.write_bytes(MOUNTS.encode())
    assert shared_file_system(Path(path), mounts) == kind
    assert shared_file_system(Path(path), tmp_path / "none") == ""
    monkeypatch.setenv("GDEXP_LOCAL_DISKS", "fuse.thing,lustre")
    known = kind in {"fuse.thing", "lustre"}
    assert shared_file_system(Path(path), mounts) == ("" if known else kind)


def test_sqlite_on_a_shared_file_system_is_refused(tmp_path, monkeypatch):
    check_disk(tmp_path)
    monkeypatch.setattr("gdexp.util.address.shared_file_system", lambda path: "nfs4")
    with pytest.raises(TrackingError, match=r"nfs4.*tracking\.uri.*gdexp sync --uri"):
        check_disk(tmp_path)
    check_disk(tmp_path, "http://localhost:5000")


def test_sqlite_in_a_folder_that_is_no_text_is_refused(tmp_path):
    folder = tmp_path / os.fsdecode(b"w\xe9")
    with pytest.raises(TrackingError, match=r"at /.*w\\udce9/tracking.*no UTF-8") as no:
        check_disk(folder)
    assert str(no.value).isprintable()
    check_disk(folder, f"sqlite:///{tmp_path}/elsewhere.db")
    check_disk(tmp_path / "é")
