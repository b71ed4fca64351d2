import json
import os
import shutil
import subprocess
import sys

import pytest
from guests import HEAD, MEMBERS
from support import forget, make_spec

from gdexp.core.losses import LOSSES
from gdexp.figures.cards import cards
from gdexp.grid import own
from gdexp.util import digests, provenance, sources

KINDS = {"losses", "methods", "models", "datasets", "observables"}
SOURCE = '''"""Docstring."""

def f(x):
    """Return x."""
    return x + 1  # one more
'''


@pytest.fixture
def digests_anew():
    """Digests that nobody knew before, nor does after."""
    forget()
    yield
    forget()


@pytest.fixture
def package(tmp_path, monkeypatch, digests_anew):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.py").write_text(SOURCE)
    monkeypatch.setattr(digests, "PACKAGE", tmp_path)
    return tmp_path


def digest_of(package, source, name="a.py"):
    (package / "models" / name).write_text(source)
    digests.digest.cache_clear()
    return digests.digest("models")


def test_comments_and_docstrings_do_not_count(package):
    before = digests.digest("models")
    same = SOURCE.replace("Return x.", "Other.").replace("one more", "plus one")
    assert digest_of(package, "\n\n" + same) == before


def test_the_program_and_its_files_count(package):
    before = digests.digest("models")
    assert digest_of(package, SOURCE.replace("x + 1", "x + 2")) != before
    assert digest_of(package, SOURCE) == before
    assert digest_of(package, "", name="b.py") != before


def modules_of(**changes):
    """The modules that the digest of a spec covers."""
    spec = make_spec(**changes)
    roots = {*digests.RECORD, *map(digests.module_of, spec._members)}
    return set(digests.closure(tuple(sorted(roots))))


def test_every_module_of_a_record_is_in_the_digest():
    """What a run imports, besides registries and other members, its digest covers."""
    code = (
        "import sys, gdexp; from gdexp import Spec;"
        "Spec(dataset='c1', model='linear', algorithm='gd', step=1,"
        " max_iterations=9).run(4, 0);"
        "print(*sorted(m for m in sys.modules if m.startswith('gdexp.core.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {f"{name[6:].replace('.', '/')}.py" for name in done.stdout.split()}
    there = {name for name in loaded if (digests.PACKAGE / name).exists()}
    members = {
        name
        for name in there
        if name.split("/")[1] in KINDS and not name.endswith("base.py")
    }
    own = modules_of()
    assert there - own - members == set()
    assert {"core/losses/logistic.py", "core/methods/gd.py"} <= own
    assert "core/forms/_row_loop.py" in own


def test_a_record_depends_on_its_own_members_only():
    linear = modules_of()
    conv = modules_of(model="conv", kernel=2, dataset="gaussian", samples=9)
    images = modules_of(dataset="mnist:3-8", samples=10, algorithm="nag")
    members = ("datasets/c1", "datasets/two_samples", "models/linear")
    assert linear - conv == {f"core/{member}.py" for member in members}
    assert conv - linear == {"core/datasets/gaussian.py", "core/models/conv.py"}
    assert images - linear == {
        *("core/datasets/images.py", "core/datasets/mnist.py"),
        "core/datasets/readers.py",
        "core/methods/nag.py",
    }


def test_no_digest_knows_where_the_package_lies():
    """Whoever moves a checkout need not draw all figures again."""
    for name, card in cards().items():
        assert card.code == digests.code_of(f"figures/{card.file.name}"), name


@pytest.mark.usefixtures("digests_anew")
def test_a_new_member_alters_no_digest(tmp_path, monkeypatch):
    """And an edited one its own only; docstrings and comments count nowhere."""
    copy = tmp_path / "gdexp"
    shutil.copytree(digests.PACKAGE, copy, ignore=shutil.ignore_patterns("__pyc*"))
    monkeypatch.setattr(digests, "PACKAGE", copy)

    def found():
        forget()
        names = ("core/models/linear.py", "core/models/conv.py")
        each = []
        for name in names:
            roots = tuple(sorted({*digests.RECORD, name}))
            each.append(digests.digest(*digests.closure(roots)))
        return each

    before = found()
    methods = copy / "core" / "methods"
    (methods / "own.py").write_text((methods / "gd.py").read_text())
    conv = copy / "core" / "models" / "conv.py"
    conv.write_text("# a remark\n" + conv.read_text().replace("paper.", "paper!", 1))
    assert found() == before
    conv.write_text(conv.read_text().replace("+ 8)", "+ 9)"))
    after = found()
    assert after[0] == before[0]
    assert after[1] != before[1]


NOWHERE = {"commit": "unknown", "dirty": "unknown"}


def git(folder, *arguments):
    """Git, as somebody who works in a folder calls it."""
    name = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", "-C", folder, *name, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={key: x for key, x in os.environ.items() if key[:4] != "GIT_"},
    )
    return done.stdout.strip()


def repository(folder, *names):
    """A repository that tracks some of its files; its commit."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(SOURCE)
    git(folder, "init", "--quiet")
    if names:
        git(folder, "add", *names)
    git(folder, "commit", "--quiet", "--allow-empty", "--message=first")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def tracked(tmp_path, monkeypatch):
    """A package that a repository tracks, and the commit."""
    package = tmp_path / "home" / "src" / "gdexp"
    package.mkdir(parents=True)
    monkeypatch.setattr(provenance, "PACKAGE", package)
    return package, repository(tmp_path / "home", "src/gdexp/__init__.py", "a.py")


def test_the_commit_of_the_repository_that_tracks_the_package(tracked):
    package, commit = tracked
    assert provenance._commit() == {"commit": commit, "dirty": False}
    (package.parents[1] / "notes").write_text("not tracked")
    assert provenance._commit()["dirty"] is False
    (package.parents[1] / "a.py").write_text("changed")
    assert provenance._commit() == {"commit": commit, "dirty": True}


def test_a_repository_around_an_installation_is_not_its_own(tmp_path, monkeypatch):
    site = tmp_path / ".venv" / "lib" / "gdexp"
    site.mkdir(parents=True)
    (site / "__init__.py").write_text(SOURCE)
    monkeypatch.setattr(provenance, "PACKAGE", site)
    assert provenance._commit() == NOWHERE  # no repository at all
    git(tmp_path, "init", "--quiet")
    assert provenance._commit() == NOWHERE  # without a commit
    repository(tmp_path, "analysis.py", "__init__.py")
    (tmp_path / "analysis.py").write_text("changed")
    assert provenance._commit() == NOWHERE
    (tmp_path / ".gitignore").write_text(".venv\n")
    assert provenance._commit() == NOWHERE


@pytest.mark.parametrize(
    "names",
    [
        ("GIT_DIR",),
        ("GIT_DIR", "GIT_WORK_TREE"),
        ("GIT_INDEX_FILE",),
        ("GIT_CEILING_DIRECTORIES",),
        ("GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"),
        ("GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_NAMESPACE"),
    ],
)
def test_what_git_tells_its_hooks_is_of_another_repository(
    tracked, tmp_path, monkeypatch, names
):
    package, commit = tracked
    other = tmp_path / "other"
    repository(other, "__init__.py")
    values = {
        "GIT_DIR": other / ".git",
        "GIT_WORK_TREE": other,
        "GIT_CEILING_DIRECTORIES": package.parent,
        "GIT_CONFIG_COUNT": 1,
        "GIT_CONFIG_PARAMETERS": f"'core.worktree={other}'",
    }
    for name in names:
        monkeypatch.setenv(name, str(values.get(name, other / "none")))
    assert provenance._commit() == {"commit": commit, "dirty": False}


def test_without_git(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance._commit() == NOWHERE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_tree_of_another_user(tracked):
    package, commit = tracked
    for path in (package.parents[1], *package.parents[1].rglob("*")):
        os.chown(path, 12345, 12345)
    assert provenance._commit() == {"commit": commit, "dirty": False}


def test_nothing_that_a_repository_names_is_executed(tracked, tmp_path):
    package, commit = tracked
    home = package.parents[1]
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/PWNED\ncat\n")
    evil.chmod(0o755)
    (home / ".gitattributes").write_text("*.py filter=x\n")
    for key in (
        *("core.fsmonitor", "core.pager", "pager.status", "core.sshCommand"),
        *("filter.x.clean", "filter.x.process", "filter.y.clean", "diff.external"),
    ):
        git(home, "config", key, str(evil))
    git(home, "config", "filter.x.required", "true")
    for name in ("post-index-change", "fsmonitor-watchman", "pre-commit"):
        shutil.copy(evil, home / ".git" / "hooks" / name)
    for path in (home / "a.py", package / "__init__.py"):
        path.touch()  # so that git has to look into it
        os.utime(path, (1e9, 1e9))
    assert provenance._commit() == {"commit": commit, "dirty": False}
    (home / "a.py").write_text("changed")
    assert provenance._commit() == {"commit": commit, "dirty": True}
    assert not (tmp_path / "PWNED").exists()
    # a name that no option can spell
    git(home, "config", "filter.p=q.clean", str(evil))
    assert provenance._commit() == {"commit": commit, "dirty": "unknown"}
    assert not (tmp_path / "PWNED").exists()
    # what would have been executed
    git(home, "config", "--unset", "core.fsmonitor")
    subprocess.run(["git", "-C", home, "status"], capture_output=True, check=False)
    assert (tmp_path / "PWNED").exists()


def test_made_by():
    origin = provenance.made_by()
    assert set(origin) == {
        "gdexp",
        "commit",
        "dirty",
        "python",
        "numpy",
        "numba",
    }


def test_what_is_kept_of_a_source_is_of_the_file_as_it_is(tmp_path, monkeypatch):
    kept = tmp_path / "kept.json"
    monkeypatch.setattr(sources, "KEPT", kept)
    source = tmp_path / "member.py"

    def program(text, times=None):
        """Of a file in the place of the last one, of the same age if told so."""
        source.write_text(text)
        if times:
            os.utime(source, ns=times)
        sources._kept.cache_clear()  # as in another process
        found = sources.facts(source)
        sources.keep()
        return found["program"]

    first = program('"""One."""\nstep = 1\n')
    status = source.stat()
    assert program('"""Two."""\nstep = 1  # a remark\n') == first
    other = program('"""One."""\nstep = 2\n', (status.st_atime_ns, status.st_mtime_ns))
    assert source.stat().st_mtime_ns == status.st_mtime_ns
    assert other != first
    told = json.loads(kept.read_text())
    own = told[str(source)]
    own |= {"state": own["state"][:4], "program": "as another version spells it"}
    kept.write_text(json.dumps(told))
    sources._kept.cache_clear()
    assert sources.facts(source)["program"] == other
    kept.write_text("{broken")
    assert program('"""One."""\nstep = 2\n') == other
    kept.unlink()
    kept.mkdir()  # no file can be there
    assert program('"""One."""\nstep = 1\n') == first


def test_a_digest_is_of_the_program_that_runs(tmp_path, monkeypatch, digests_anew):
    """Whatever its file is by now, and whatever Python compiled of it before."""
    monkeypatch.setattr(sources, "_running", {})
    file, text = tmp_path / "mine.py", HEAD + MEMBERS["loss"]
    texts = [text.replace("np.exp", f"{factor} * np.exp") for factor in (2, 3)]
    seen = {}
    for _ in range(2):
        for text in texts:
            file.write_text(text)
            os.utime(file, (1, 1))  # of the same second and size
            monkeypatch.setattr(own, "_loaded", {})
            known = dict(LOSSES)
            try:
                own.load(tmp_path)
                file.write_text(HEAD)  # before anybody asked for the digest
                forget()
                spec = make_spec(loss="mine", form="direct")
                said = spec.run(16, 0).trajectory.loss[0], spec.code
            finally:
                LOSSES.clear()
                LOSSES.update(known)
            assert seen.setdefault(text, said) == said
    assert [loss for loss, _ in seen.values()] == [2, 3]
    assert len({code for _, code in seen.values()}) == 2
