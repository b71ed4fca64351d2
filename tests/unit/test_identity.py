"""Which results folder it is: moved it stays the same, copied it is another one."""

import fcntl
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from gdexp.util.identity import GENERATION, adopt, identity, settle


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "results"
    settle(folder)
    return folder


def test_moved_linked_or_given_away_it_is_the_same(folder, tmp_path):
    who = identity(folder)
    assert len(who.id) == 32
    moved = folder.rename(tmp_path / "a ?#%é'\"")
    assert identity(moved) == who
    (tmp_path / "link").symlink_to(moved)
    assert identity(tmp_path / "link") == who
    if os.getuid() == 0:
        os.chown(moved, 12345, 12345)
        os.chown(moved / ".id", 12345, 12345)
    moved.chmod(0o755)
    (moved / "more").touch()
    assert identity(moved) == who
    assert not settle(moved)


def test_a_copy_is_another_one_for_all_who_look(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    again = shutil.copytree(folder, tmp_path / "again")
    before = identity(copy)
    assert before.copy_of == identity(folder).id
    assert identity(copy) == before
    assert settle(copy)
    assert not settle(copy)
    assert identity(copy).id == before.id
    ids = {identity(each).id for each in (folder, copy, again)}
    assert len(ids) == 3
    third = shutil.copytree(copy, tmp_path / "third")
    assert identity(third).copy_of == before.id


def test_a_copy_of_what_is_gone_is_adopted(folder, tmp_path):
    who = identity(folder)
    copy = shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(folder)
    settle(copy)
    assert identity(copy).id != who.id
    assert adopt(copy).id == who.id
    assert not settle(copy)
    assert adopt(copy).id == who.id  # again, and nothing happens


def test_adopted_before_anything_else_was_called(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert adopt(copy).id == identity(folder).id


def test_what_it_was_before_is_kept(folder, tmp_path):
    """Runs are labelled with it in stores that were told before."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    settle(copy)
    before = identity(copy).id
    who = adopt(copy)
    assert who.was == (before,)
    assert identity(copy) == adopt(copy) == who
    again = shutil.copytree(copy, tmp_path / "again")
    assert identity(again).was == ()  # never of this one


def bring(folder, home):
    """Put the id of a folder in place of another's as rsync does: in a new file."""
    shutil.copyfile(folder / ".id", home / ".new")
    (home / ".new").replace(home / ".id")


def test_brought_home_again_it_is_who_it_was(folder, tmp_path):
    home = shutil.copytree(folder, tmp_path / "home")
    settle(home)
    who = identity(home).id
    for _ in range(2):
        bring(folder, home)
        assert identity(home).id == who
        assert settle(home)
        assert identity(home).id == who
    assert [path.name for path in home.iterdir()] == [".id"]  # nothing to be lost


def test_another_copy_in_its_place_is_another_one(folder, tmp_path):
    """Whose runs were, or are on another disk now; a disk uses numbers again."""
    try:
        with (folder / ".id").open() as file:
            fcntl.ioctl(file, GENERATION, bytes(8))
    except OSError:
        pytest.skip("this disk does not tell files of the same number apart")
    ids = set()
    for _ in range(3):
        copy = shutil.copytree(folder, tmp_path / "copy")
        settle(copy)
        ids.add(identity(copy).id)
        shutil.rmtree(copy)
    assert len(ids) == 3


def test_machines_of_one_image_and_those_that_share_a_disk(
    folder, tmp_path, monkeypatch
):
    copy = shutil.copytree(folder, tmp_path / "copy")

    def on(node):
        monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(nodename=node))
        return identity(copy).id

    assert on("one") != on("two")
    monkeypatch.setattr("gdexp.util.identity.shared_file_system", lambda _: "nfs")
    assert on("one") == on("two")


def test_looked_at_while_it_is_written(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    who = identity(copy).id
    found = set()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(200):
            bring(folder, copy)
            looks = [pool.submit(identity, copy) for _ in range(6)]
            pool.submit(settle, copy).result()
            found |= {look.result().id for look in looks}
    assert found == {who}


def test_of_many_who_make_it_one_does(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: identity(tmp_path / "new"), range(8)))
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == [".id"]


def test_a_disk_without_hard_links(tmp_path, monkeypatch):
    def link(*_):
        raise PermissionError

    monkeypatch.setattr(os, "link", link)
    assert identity(tmp_path / "new") == identity(tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == [".id"]


OLD = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text", [f"{OLD}\n", "{", '{"id": 1}', "", "\0" * 99, "[" * 10**5]
)
def test_an_id_of_an_older_version_or_a_damaged_one(tmp_path, text):
    ids = []
    for name in ("one", "other"):
        old = tmp_path / name / ".id"
        old.parent.mkdir()
        old.write_text(text)
        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(lambda _: identity(old.parent), range(8)))  # noqa: B023
        (who,) = found
        assert not settle(old.parent)
        assert identity(old.parent).id == who.id
        assert '"place"' in old.read_text()
        ids.append(who.id)
    # runs of an older version are labelled with its text
    assert ids == [OLD, OLD] if text.strip() == OLD else len(set(ids)) == 2
