"""Files of one's own that define no member, or print when they should not: one line."""

import argparse
import json
import subprocess
import sys
from importlib.metadata import EntryPoint

import pandas as pd
import pytest
from guests import HEAD, MEMBERS
from support import ROOT, forget

from gdexp.claims import Evidence, Finding
from gdexp.claims.verdict import NOT_MEASURED
from gdexp.cli.main import _parser, main
from gdexp.cli.running import _members, _settings
from gdexp.core.losses import LOSSES
from gdexp.core.member import settings_of
from gdexp.core.observables import OBSERVABLES
from gdexp.core.spec import Spec
from gdexp.core.told import RESERVED
from gdexp.grid import faults, own
from gdexp.grid.cells import Cell
from gdexp.grid.config import experiment_keys
from gdexp.records.record import SERIES
from gdexp.records.tables import CELLS, LEADING
from gdexp.studies import STUDIES, settings
from gdexp.util.digests import code_of
from gdexp.util.errors import ConfigError

LOSS = HEAD + MEMBERS["loss"]
SEEN = HEAD + MEMBERS["observe"]
FIELD = 'source = "ours"\n'


def with_field(line):
    return LOSS.replace(FIELD, f"{FIELD}    {line}\n")


DEFINITIONS = {
    "an exit": ("raise SystemExit(3)", "mine.py: SystemExit: 3"),
    "a syntax": ("def", "mine.py: SyntaxError"),
    "no text": ("raise ValueError('a\\nb')", "mine.py: ValueError: a b"),
    "a byte": ("\0", "mine.py: "),
    "a module": ("import no_such_module", "No module named 'no_such_module'"),
    "no end": ("def f(): f()\nf()", "RecursionError"),
    "a name of a number": (LOSS.replace('"mine"', "3"), "name 3; allowed: letters"),
    "a name of a path": (LOSS.replace('"mine"', '"../x"'), "name '../x'; allowed"),
    "a name that is taken": (LOSS.replace('"mine"', '"huber"'), "is there already"),
    "no formula": (LOSS.replace("formula =", "other ="), "Mine: formula None"),
    "two lines": (LOSS.replace('"ours"', '"a\\nb"'), "source 'a\\nb'; allowed"),
    "no dataclass": (
        with_field("target: float = 1.0").replace("@dataclass(frozen=True)", ""),
        "it has fields; allowed: @dataclass(frozen=True)",
    ),
    "no decorator": (LOSS.replace("@dataclass(frozen=True)", ""), "no dataclass"),
    "not frozen": (LOSS.replace("(frozen=True)", ""), "allowed: frozen=True"),
    "a default of text": (
        with_field('target: float = "a"'),
        "default of target: 'a'; allowed",
    ),
    "a default of NaN": (
        with_field("target: float = np.nan"),
        "default of target: nan",
    ),
    "a default that is made": (
        with_field(
            "target: list = __import__('dataclasses').field(default_factory=list)"
        ),
        "'target' has a default_factory",
    ),
    "a type that is none": (with_field('target: "nothing" = 1'), "NameError"),
    "a flag of run": (with_field("dim: int = 1"), "field 'dim' is a name of gdexp's"),
    **{
        f"a series {name}": (
            SEEN.replace('"mine"', f'"{name}"'),
            f"observable Mine: name '{name}' is a name of gdexp's own; rename it",
        )
        for name in ("loss", "iteration", "seed", "step_size", "norm", "Accuracy")
    },
    "a column": (with_field("iterations: int = 1"), "field 'iterations' is a name"),
    "a type of no setting": (
        with_field("target: list = None"),
        "field 'target' is of type list; allowed: int, float, bool, str or Literal",
    ),
    "a type of two": (with_field("target: int | str = 1"), "is of type int | str"),
    "a list of numbers": (
        with_field("target: tuple[float, ...] = (1.0,)"),
        "is of type tuple[float, ...]; allowed",
    ),
    "a step of no method": (with_field("step: float = 1"), "field 'step' is a name"),
}


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_what_is_no_member(registries, tmp_path, kind, capsys):
    text, words = DEFINITIONS[kind]
    (tmp_path / "mine.py").write_text(text)
    for _ in range(2):  # nothing of it is left from the first time
        assert main([f"--own={tmp_path}", "list"]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("gdexp: ")
        assert said.err.count("\n") == 1
        assert words in said.err


def test_types_may_be_texts(registries, tmp_path, capsys):
    text = with_field("target: float = 1.0\n    often: int | None = None")
    (tmp_path / "mine.py").write_text(f"from __future__ import annotations\n{text}")
    words = ["run", "--dataset=c1", "--model=linear", "--algorithm=gd", "--dim=8"]
    words += ["--step=1", "--loss=mine", "--max-iterations=9"]
    assert main([f"--own={tmp_path}", *words, "--target=2"]) == 0
    assert json.loads(capsys.readouterr().out)["cell"]["target"] == 2.0
    assert main([f"--own={tmp_path}", *words, "--often=3"]) == 0
    assert json.loads(capsys.readouterr().out)["cell"]["often"] == 3
    for word, said in (
        ("--target=x", "target 'x'; allowed: a number"),
        ("--often=x", "often 'x'; allowed: a whole number"),
    ):
        assert main([f"--own={tmp_path}", *words, word]) == 1
        assert said in capsys.readouterr().err


HALVED = """rate: float = 8.0
    def __post_init__(self):
        object.__setattr__(self, "rate", self.rate / 2)"""
RUN = ["run", "--dataset=c1", "--algorithm=gd", "--dim=8", "--step=1", "--loss=mine"]
RUN += ["--max-iterations=9"]


@pytest.mark.parametrize(
    ("line", "more", "words"),
    [
        (
            "depth: int = 7",
            ["--model=diagonal"],
            "Diagonal and Mine both have a setting",
        ),
        (HALVED, ["--model=linear"], "rate 4.0, of which 'mine' makes 2.0"),
        (HALVED, ["--model=linear", "--rate=2"], "2.0, of which 'mine' makes 1.0"),
    ],
)
def test_a_setting_is_that_of_one_member_as_it_is_recorded(
    registries, tmp_path, line, more, words, capsys
):
    (tmp_path / "mine.py").write_text(with_field(line))
    assert main([f"--own={tmp_path}", *RUN, *more]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert words in said


FIGURE = """from gdexp.figures import Plot as Other, Plot
class Mine(Plot):
    name = "mine"
    title = "a figure"
    where = "mine"
    reads = ("cells",)
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("name = 5", "Mine.name: 5; allowed: "),
        ("title = 'two\\nlines'", "Mine.title: 'two\\nlines'; allowed: "),
        ("where = 5", "Mine.where: 5; allowed: "),
        ("where = '../../x'", "Mine.where: '../../x'; allowed: "),
        ("where = '/x'", "Mine.where: '/x'; allowed: "),
        ("where = '{foo}/x'", "Mine.where: '{foo}/x'; allowed: "),
        ("reads = 5", "Mine.reads: 5; allowed: "),
        ("reads = (5,)", "Mine.reads: (5,); allowed: "),
        ("of = 5", "Mine.of: 5; allowed: "),
        ("span = 'x'", "Mine.span: 'x'; allowed: "),
        ("class Mine(Other):", "Mine: no base is written Plot"),
    ],
)
def test_what_is_no_figure(registries, tmp_path, line, words, capsys):
    head = line.partition(" ")[0]
    kept = [x for x in FIGURE.splitlines() if not x.strip().startswith(head)]
    if head == "class":
        kept.insert(1, line)
    else:
        kept.append(f"    {line}")
    (tmp_path / "mine.py").write_text("\n".join(kept))
    assert main([f"--own={tmp_path}", "list"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "mine.py: " in said
    assert words in said


STUDY = """from dataclasses import dataclass
from gdexp.studies import Study
@dataclass(frozen=True)
class Mine(Study):
    name, title, source = "mine", "a study", "ours"
    columns = {"dim": "int64"}
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dims: tuple[int, ...] = (8, 16)\n    seeds: int = 3", ""),
        ("steps: tuple[float, ...] = (1, 0.5)", ""),
        ("fast: bool = True", "default of fast: True; allowed: "),
        ("dims: int", "default of dims: none; allowed: "),
        ("dims: int | None = None", "default of dims: None; allowed: "),
        ("dims: tuple = ()", "default of dims: (); allowed: "),
        ("dims: tuple = (1, 'a')", "default of dims: (1, 'a'); allowed: "),
        ("uses = (dict,)", "uses (<class 'dict'>,); allowed: "),
        ("uses = ('linear',)", "uses ('linear',); allowed: "),
        ("del columns", "columns None; allowed: "),
        ("columns = ['dim']", "columns ['dim']; allowed: "),
    ],
)
def test_what_is_no_study(registries, tmp_path, line, words, capsys):
    (tmp_path / "mine.py").write_text(f"{STUDY}    {line}\n")
    assert main([f"--own={tmp_path}", "list"]) == bool(words)
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == bool(words)


def test_numbers_of_a_study_are_whole_if_all_of_them_are(registries, tmp_path):
    line = "steps: tuple[float, ...] = (1, 0.5)\n    dims: tuple[int, ...] = (8, 16)"
    (tmp_path / "mine.py").write_text(f"{STUDY}    {line}\n")
    own.load(tmp_path)
    made = settings(STUDIES["mine"], {"steps": [2, 0.25], "dims": [4]})
    assert (made.steps, made.dims) == ((2.0, 0.25), (4,))
    with pytest.raises(ConfigError, match="a list of whole numbers"):
        settings(STUDIES["mine"], {"dims": [0.5]})


@pytest.mark.parametrize("name", ["table", "spans", "title"])
@pytest.mark.parametrize("kind", ["model", "loss", "dataset"])
def test_members_may_have_what_others_are_known_by(registries, tmp_path, name, kind):
    more = f"    def {name}(self): pass\n"
    (tmp_path / "mine.py").write_text(HEAD + MEMBERS[kind].rstrip() + f"\n{more}")
    own.load(tmp_path)


def test_what_is_recorded_reads_back_as_it_is(registries, tmp_path):
    """Defaults and numbers of NumPy too: by its text a record is told from others."""
    line = "alpha: float = np.sqrt(2)\n    word: str = np.str_('a')"
    own_set = MEMBERS["dataset"].replace(
        'source = "ours"', 'source = "ours"\n    default_samples = np.int64(2)'
    )
    (tmp_path / "mine.py").write_text(with_field(line) + own_set.replace("Mine", "M"))
    own.load(tmp_path)
    given = {"dataset": "mine", "model": "linear", "algorithm": "gd", "loss": "mine"}
    spec = Spec(**given, step=1, max_iterations=9)
    cell = Cell(experiment="e", name="n", spec=spec, dim=8, seed=0).parameters()
    assert repr(json.loads(json.dumps(cell))) == repr(cell)


@pytest.mark.parametrize(
    "line",
    [
        *("facts = {'x': {1}}", "facts = {'x': np.inf}", "facts = {'model': 'conv'}"),
        *("facts = {'dim': 3}", "facts = {'name': 'a'}", "facts = {'seed': 7}"),
        *("facts = {'iterations': 1}", "facts = {'a/b': 1}", "facts = {1: 1}"),
        *("facts = None", "facts = [('x', 1)]", "note = 5", "note = 'two\\nlines'"),
    ],
)
@pytest.mark.parametrize("how", ["run", "grid"])
def test_what_a_dataset_tells_is_plain_and_new(registries, tmp_path, line, how, capsys):
    told = f'source = "ours"\n    {line}'
    text = MEMBERS["dataset"].replace('source = "ours"', told)
    (tmp_path / "mine.py").write_text(HEAD + text)
    words = ["run", "--dataset=mine", "--model=linear", *RUN[2:5]]
    if how == "grid":
        entry = {"a": {"model": "linear", "algorithm": "perceptron", "step": 1}}
        grid = {"dataset": "mine", "models": entry, "dims": [8], "seeds": 1}
        grid |= {"samples": 4, "max_iterations": 9}
        (tmp_path / "one.json").write_text(json.dumps({"experiments": {"e": grid}}))
        words = ["status", "--config", f"{tmp_path / 'one.json'}"]
    assert main([f"--own={tmp_path}", *words]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert f"dataset 'mine': {line.split()[0]}" in said


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "bound"),  # another name for what it is
        ("def f(self, b, w): return b @ w - 0 * np.abs(w).max()", "computed"),
        ("def outputs(self, b, w): return b @ w", "computed"),
    ],
)
def test_what_is_known_of_a_model_is_not_known_of_one_that_computes_anew(
    registries, tmp_path, capsys, body, kind
):
    text = [HEAD, "from gdexp.core.models.linear import Linear"]
    text += ["@dataclass(frozen=True)", "class Mine(Linear):"]
    text += [f"    {line}" for line in ('name, source = "mine", "ours"', body)]
    (tmp_path / "mine.py").write_text("\n".join(text))
    words = ["run", "--dataset=c1", "--algorithm=gd", "--dim=8", "--step=1"]
    kinds = []
    for model in ("linear", "mine"):
        assert main([f"--own={tmp_path}", *words, f"--model={model}"]) == 0
        kinds.append(json.loads(capsys.readouterr().out)["certificate"])
    assert kinds == ["bound", kind]


TRIED = """
try:
    from ...nowhere import slope
except ImportError:
    pass
"""


def test_a_digest_is_of_what_a_file_imports_from_another_too(
    registries, tmp_path, monkeypatch
):
    """In ``own``, and in a package, however it is written."""
    base = "def slope(r):\n    return {} * np.exp(-r)\n"
    loss = MEMBERS["loss"].replace('"mine"', '"{}"').replace("Mine", "M{}")
    folder, package = tmp_path / "own", tmp_path / "own_package"
    lines = {
        "a": (folder, f"{TRIED}from gdexp_own.a_base import slope\n"),
        "b": (package, "from .a_base import slope\n"),
        "c": (package, "from . import a_base\n"),
        "d": (package, "import own_package.a_base\n"),
        "e": (package, "import json\n"),  # nothing of it
    }
    for each in (folder, package):
        each.mkdir()
    (package / "__init__.py").touch()
    for name, (where, line) in lines.items():
        text = loss.replace("{}", name)
        (where / f"{name}_mine.py").write_text(HEAD + line + text)
    entries = [EntryPoint(name, f"own_package.{name}_mine", "gdexp") for name in "bcde"]
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("gdexp.grid.own.entry_points", lambda group: entries)
    digests = []
    for factor in (1, 2):
        for each in (folder, package):
            (each / "a_base.py").write_text(
                "import numpy as np\n" + base.format(factor)
            )
        own._loaded.clear()
        before = dict(LOSSES)
        own.load(folder)
        forget()
        digests.append({name: code_of(LOSSES[name]) for name in lines})
        LOSSES.clear()
        LOSSES.update(before)
        for name in [*sys.modules]:  # as in another process
            if name.startswith(("gdexp_own", "own_package")):
                del sys.modules[name]
    one, two = digests
    assert [name for name in lines if one[name] == two[name]] == ["e"]


def test_a_file_may_begin_with_a_mark_or_say_its_encoding(registries, tmp_path, capsys):
    text = HEAD + MEMBERS["loss"] + "# \xe9\n"
    (tmp_path / "marked.py").write_text(text, encoding="utf-8-sig")
    text = text.replace('"mine"', '"other"').replace("Mine", "Other")
    (tmp_path / "old.py").write_bytes(f"# coding: latin-1\n{text}".encode("latin-1"))
    assert main([f"--own={tmp_path}", "list"]) == 0
    listed = capsys.readouterr().out
    assert "  mine " in listed
    assert "  other " in listed


def test_a_claim_whose_study_is_not_there_is_not_measured(registries):
    own.load(ROOT / "docs" / "examples")
    (claim,) = sys.modules["gdexp_own.study"].CLAIMS
    found = claim.finding(Evidence(*3 * [pd.DataFrame()], {}))
    assert found == Finding(
        NOT_MEASURED, "undecided", "study 'momentum' is not in the configuration"
    )


def test_an_entry_point_names_a_module(registries, monkeypatch, capsys):
    entries = [EntryPoint("mine", "json:dumps", "gdexp")]
    monkeypatch.setattr("gdexp.grid.own.entry_points", lambda group: entries)
    assert main(["list"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "entry point mine: json:dumps is no module" in said


def test_a_folder_is_loaded_or_refused_and_hidden_files_are_none(
    registries, tmp_path, capsys
):
    (tmp_path / "mine.py").write_text(LOSS)
    for name in ("._mine.py", ".#mine.py"):  # of macOS, and of an editor
        (tmp_path / name).write_bytes(b"\0\xff")
    with pytest.raises(SystemExit):
        main(["--ow", str(tmp_path), "list"])
    assert "--ow" in capsys.readouterr().err
    assert main(["--own", str(tmp_path), "list"]) == 0
    assert "mine" in capsys.readouterr().out


def test_no_member_of_a_file_is_known_if_one_is_none(registries, tmp_path):
    two = LOSS + MEMBERS["model"].replace('"mine"', '"linear"')
    (tmp_path / "mine.py").write_text(two)
    for _ in range(2):
        with pytest.raises(ConfigError, match="model 'linear' is there already"):
            own.load(tmp_path)
    (tmp_path / "mine.py").write_text(LOSS)
    own.load(tmp_path)


def test_names_that_are_reserved():
    parser = _parser()
    (commands,) = (
        x for x in parser._actions if isinstance(x, argparse._SubParsersAction)
    )
    flags = {
        action.dest
        for each in [parser, *commands.choices.values()]
        for action in each._actions
    }
    flags -= {"==SUPPRESS==", "step", *_settings()}
    known = {key for each in _members() for key in settings_of(each)}
    columns = {*CELLS} - {"outcome"}
    names = flags | {*experiment_keys()} | columns | {*Spec.__dataclass_fields__}
    assert names - RESERVED - known - {"step"} <= {
        "command",
        *("partial", "port", "labels"),
        # of commands that take no settings of members
        *("a", "b", "json", "license", "output", "statistic"),
    }
    assert not known & RESERVED
    assert {*SERIES} == faults.SERIES
    assert {*LEADING, "step_size"} <= RESERVED
    assert not {*OBSERVABLES} & (RESERVED | faults.SERIES)


PRINTS = LOSS.replace(
    "        return np.exp(-m)\n    def",
    "        print('noise'); os.write(1, b'noise'); return np.exp(-m)\n    def",
)


@pytest.mark.slow
def test_the_answer_alone_is_on_standard_output(tmp_path):
    (tmp_path / "mine.py").write_text(f"print('noise')\n{PRINTS}")
    words = (
        "run --dataset c1 --model linear --algorithm gd --dim 8 --step 1 --loss mine"
    )
    done = subprocess.run(
        [sys.executable, "-m", "gdexp", "--own", str(tmp_path), *words.split()],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "outcome" in json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert done.stderr.count("noise") > 4
