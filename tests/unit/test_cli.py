import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from support import make_config

from gdexp.cli.main import main
from gdexp.cli.running import RANGES
from gdexp.core.datasets import DATASETS
from gdexp.core.losses import LOSSES
from gdexp.core.models import MODELS
from gdexp.core.settled import ALIASES, algorithms
from gdexp.core.spec import Spec
from gdexp.figures import cards
from gdexp.grid.config import SCHEMA
from gdexp.stats.statistics import STATISTICS
from gdexp.studies import STUDIES

RUN = ["run", "--dataset=c1", "--model=linear", "--algorithm=gd", "--step=1"]


LONG = "x" * 10_000


def test_run_in_a_process_of_its_own():
    command = (
        "run --dataset c1 --model linear --algorithm gd --step 1 --init zero"
        " --dim 1024 --seed 0 --max-iterations 100000"
    )
    done = subprocess.run(
        [sys.executable, "-m", "gdexp", *command.split()],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert {"outcome", "iterations", "final_loss", "final_accuracy"} <= set(answer)
    assert answer["iterations"] == 503


@pytest.mark.parametrize(
    "name", [os.fsdecode(b"w\xe9.csv"), "9\u202fAM.csv", "a\nb.csv"]
)
def test_a_plot_of_a_table_whose_name_is_no_text(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("a,b,label\n0,1,no\n1,0.5,yes\n")
    run = ["run", "--model=linear", "--algorithm=gd", "--step=1"]
    assert main([*run, f"--dataset=table:{name}", "--plot=run.png"]) == 0
    assert json.loads(capsys.readouterr().out)["cell"]["dataset"] == f"table:{name}"
    assert (tmp_path / "run.png").exists()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-", "</dev/full"])
def test_streams_that_are_closed(tmp_path, closed):
    def call(*arguments):
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m"]
        return subprocess.run(
            [*command, "gdexp", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    plot = tmp_path / "run.png"
    done = call(*RUN, "--dim=8", f"--plot={plot}")
    assert (done.returncode, done.stderr) == (0, "")
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert bool(done.stdout) == (not re.search("(^| )>&-", closed))
    done = call("status")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == ("2>&-" not in closed)


def test_conv(capsys):
    arguments = "--dataset c1 --model conv --kernel 2 --algorithm perceptron --dim 256"
    more = ["--step", "0.25/sqrt(d)", "--init", "gaussian:0.01", "--seed", "3"]
    assert main(["run", *arguments.split(), *more]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["cell"]["step_size"] == 0.25 / 16
    assert answer["cell"]["kernel"] == 2
    assert "trajectory" not in answer


def test_numbers_are_read_as_in_a_configuration(capsys):
    words = ["--dim=16.0", "--seed=010", "--max-iterations=1e6"]
    assert main([*RUN, *words]) == 0
    cell = json.loads(capsys.readouterr().out)["cell"]
    assert repr([cell["dim"], cell["seed"]]) == "[16, 10]"
    assert repr(cell["max_iterations"]) == "1000000"
    for text in (
        "1_0",
        "1.5",
        "nan",
        ".inf",
        "1:30",
        "0b1",
        "true",
        "",
        "[1]",
        "[",
        "x",
    ):
        with pytest.raises(SystemExit):
            main([*RUN, f"--dim={text}"])
        assert "allowed: a whole number" in capsys.readouterr().err


@pytest.mark.parametrize(("choice", "points"), [("log", 46), ("full", 123)])
def test_trajectory(choice, points, capsys):
    assert main([*RUN, "--dim=256", f"--trajectory={choice}"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["trajectory"]["loss"]) == points
    assert answer["trajectory"]["loss"][-1] == answer["final_loss"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["--dim is missing", "c1"]),
        (["--dim=0"], ["dim 0"]),
        (["--dim=16", "--dataset=c3"], ["'c3'", "allowed: c1"]),
        (["--dim=16", "--model=liner"], ["did you mean 'linear'?"]),
        (["--dim=16", "--algorithm=perceptrn"], ["did you mean 'perceptron'?"]),
        (["--dim=16", "--model=conv", "--kernel=17"], ["kernel 17"]),
        (["--dim=16", "--step=nan"], ["step 'nan'"]),
        (["--dim=16", "--step=-1"], ["step '-1'"]),
        (["--dim=16", "--init=one"], ["start 'one'"]),
        (["--dim=16", "--seed=-1"], ["--seed -1", "0 or more"]),
        (["--dim=16", "--root-seed=-1"], ["--root-seed -1"]),
        (["--dim=16", "--max-iterations=0"], ["--max-iterations 0", "1 or more"]),
        (["--dim=16", f"--max-iterations={10**30}"], ["0; allowed: 1000000000000 or"]),
        (["--dim=16", f"--max-iterations={2**63}"], ["5808", "1000000000000 or less"]),
        (["--dim=16", f"--seed={2**63}"], ["--seed 9223372036854775808", "or less"]),
        (["--dim=16", f"--root-seed={10**4000}"], ["--root-seed of more than 60"]),
        ([f"--dim={10**10}"], ["--dim 10000000000", "100000000 or less"]),
        ([f"--dim={10**12}"], ["--dim 1000000000000"]),
        ([f"--dim={2**63}"], ["--dim 9223372036854775808"]),
        (["--dim=16", "--model=conv", f"--kernel={10**400}"], ["kernel 1000"]),
        (["--dim=16", f"--samples={10**12}"], ["--samples 1000000000000", "or less"]),
        (["--dim=16", f"--kernel={10**12}"], ["kernel 1000000000000", "leave it out"]),
        (
            ["--dim=90000000", "--samples=90000000", "--dataset=gaussian"],
            ["90000000 samples at dim 90000000", "GiB", "memory of this machine"],
        ),
        *(
            (["--dim=784", "--samples=4", f"--{option}={LONG}", *more], ["x..."])
            for option, *more in [
                ("init", "--samples=2"),
                ("step", "--samples=2"),
                ("dataset",),
                ("plot",),
                ("model",),
                ("precision",),
                ("data", "--dataset=mnist"),
                ("plot", f"--plot={LONG}.png", "--samples=2"),
            ]
        ),
    ],
)
def test_mistakes(arguments, words, capsys):
    assert main([*RUN, *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert len(said.err) < 400
    for word in ["gdexp: ", *words]:
        assert word in said.err


@pytest.mark.parametrize("option", ["dim", "trajectory", "nothing"])
def test_mistakes_that_are_long(option, capsys):
    with pytest.raises(SystemExit):
        main([*RUN, "--dim=16", f"--{option}={LONG}"])
    assert len(capsys.readouterr().err) < 1500


def test_the_ranges_of_run_are_those_of_a_configuration():
    schema = yaml.safe_load(SCHEMA.read_text())["properties"]
    entry = schema["experiments"]["additionalProperties"]["properties"]
    for name, rule in {
        "root_seed": schema["seed"],
        "max_iterations": entry["max_iterations"],
        "dim": entry["dims"]["items"],
        "samples": entry["samples"],
    }.items():
        assert RANGES[name][1] == rule["maximum"]


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ("/proc/x", ["/proc/x", "No such file or directory"]),
        ("file", ["file", "Not a directory"]),
        ("r" * 300, ["rrr", "File name too long"]),
    ],
)
def test_results_that_cannot_be_written(results, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(make_config(results=results)))
    for command in (["cell", "tiny", "linear-gd", "8", "0"], ["collect", "--partial"]):
        assert main(command) == 1
        said = capsys.readouterr()
        assert said.err.startswith("gdexp: ")
        assert said.err.count("\n") == 1
        assert said.out == ""
        if command[0] == "cell":
            for word in words:
                assert word in said.err
    assert {file.name for file in tmp_path.iterdir()} == {"config.yaml", "file"}


def test_too_little_memory(monkeypatch, capsys):
    def full(self, dim, seed):
        raise MemoryError

    monkeypatch.setattr(Spec, "run", full)
    assert main([*RUN, "--dim=16"]) == 1
    assert capsys.readouterr().err.startswith("gdexp: too little memory")


def test_worst_case_needs_no_dim(capsys):
    arguments = [word for word in RUN if "dataset" not in word]
    assert main([*arguments, "--dataset=worst_case", "--samples=10"]) == 0
    assert json.loads(capsys.readouterr().out)["cell"]["dim"] == 2


def test_cell_and_sync(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(make_config()))
    assert main(["sync"]) == 1
    assert "no records" in capfd.readouterr().err
    assert main(["cell", "tiny", "linear-gd", "8", "0-1"]) == 0
    said = capfd.readouterr()
    assert "tiny/linear-gd/d8/s1: separated after" in said.out
    assert "no MLflow store" in said.err
    assert (tmp_path / "results/cells/tiny/linear-gd/d8/s0-1.jsonl").exists()
    assert main(["cell", "tiny", "linear-gd", "9", "0"]) == 1
    assert "dim 9" in capfd.readouterr().err


def test_list_names_everything_that_there_is(capsys):
    assert main(["list"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    first = [words[0] for words in lines]
    assert {*DATASETS, *MODELS, *LOSSES, *algorithms(), *STUDIES} <= set(first)
    assert {*STATISTICS, *cards()} <= set(first)
    told = [words for words in lines if len(words) > 1 and words[0] not in ALIASES]
    assert all(words[-1].endswith("]") for words in told)


def help_of(*command):
    said = subprocess.run(
        [sys.executable, "-m", "gdexp", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "500"},
    )
    return said.stdout


EXAMPLES = ["cell", "collect", "diff", "list", "run", "status", "sync", "adopt"]


@pytest.mark.slow
def test_the_example_of_every_help_runs(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    config = make_config(tracking={"mode": "none"})
    tiny = config["experiments"].pop("tiny")
    conv = tiny["models"]["conv2-perceptron"] | {"algorithm": "gd"}
    tiny["models"] = {"conv2-gd": conv}
    config["experiments"]["two-sample"] = tiny
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    examples = {
        name: re.search(r"^example: gdexp (.+)$", help_of(name), re.MULTILINE)[1]
        for name in EXAMPLES
    }
    known = set(re.findall(r"^    (\w+) ", help_of(), re.MULTILINE))
    # ui serves until it is ended, and four want a grid that is finished
    assert {*examples, "ui", "crate", "explore", "latex", "report"} == known
    for name in examples:
        words = shlex.split(examples[name])
        assert words[0] == name
        assert main(words) == 0, capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "magic"), [("out.png", b"\x89PNG\r\n"), ("out.pdf", b"%PDF-")]
)
def test_a_plot_of_one_run(tmp_path, capsys, name, magic):
    assert main([*RUN, "--dim=64", "--plot", str(tmp_path / name)]) == 0
    made = (tmp_path / name).read_bytes()
    assert made.startswith(magic)
    assert len(made) > 5000
    assert json.loads(capsys.readouterr().out)["outcome"] == "separated"


@pytest.mark.parametrize("name", ["out.gif", "out", "no/folder/out.png"])
def test_a_plot_that_cannot_be_is_one_line(tmp_path, capsys, name):
    assert main([*RUN, "--dim=64", "--plot", str(tmp_path / name)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gdexp: --plot ")
    assert said.err.count("\n") == 1
    assert not any(tmp_path.iterdir())


def test_a_look_at_a_grid_imports_nothing_heavy():
    """Each costs a third of a second and more, on every node of a cluster too."""
    heavy = ("pandas", "numba", "mlflow", "matplotlib", "scipy", "sqlalchemy")
    code = "import sys, gdexp.cli.main, gdexp.records.status;"
    code += f"print(set({heavy}) & set(sys.modules))"
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said == "set()\n"


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_a_ui_of_results_that_were_renamed_or_copied(tmp_path, monkeypatch, how):
    """Of the store that lies beside what was run last, wherever that was."""
    monkeypatch.chdir(tmp_path)
    smoke = tmp_path / "results" / "smoke"
    (smoke / "tracking").mkdir(parents=True)
    (smoke / "tracking" / "mlflow.db").touch()
    config = make_config(results="results/smoke")
    (smoke / "config.json").write_text(json.dumps(config))
    os.utime(smoke / "config.json", (0, 0))
    kept = tmp_path / "results" / "kept bé"
    how(smoke, kept)
    (kept / "config.json").touch()
    called = []
    monkeypatch.setattr("os.execve", lambda _, command, _env: called.extend(command))
    assert main(["ui"]) == 0
    assert f"sqlite:///{kept}/tracking/mlflow.db" in called
    assert smoke.exists() == (how is shutil.copytree)


@pytest.mark.parametrize("command", ["sync", "ui", "adopt"])
def test_no_results_folder_is_made_by_what_asks_for_one(
    tmp_path, monkeypatch, capsys, command
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(make_config()))
    assert main([command, "--config", "config.yaml"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"experiments": {}}', "\xff"])
def test_a_ui_of_a_run_that_left_nothing_readable(
    tmp_path, monkeypatch, capsys, content
):
    monkeypatch.chdir(tmp_path)
    assert main(["ui"]) == 1
    assert "nothing was run below results/" in capsys.readouterr().err
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "config.json").write_bytes(content.encode("latin-1"))
    assert main(["ui"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gdexp: ")
