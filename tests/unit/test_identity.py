"""Which results folder it is: moved it stays the same, copied it is another one."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from gdexp.util.identity import adopt, identity, settle


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


def test_an_id_of_an_older_version_or_a_damaged_one(tmp_path):
    old = tmp_path / ".id"
    for text in ("0123456789abcdef0123456789abcdef\n", "{", '{"id": 1}', ""):
        old.write_text(text)
        who = identity(tmp_path)
        assert identity(tmp_path) == who
        assert not settle(tmp_path)
        assert identity(tmp_path).id == who.id
        assert '"place"' in old.read_text()
