"""Where PyTorch is: the optional environment of benchmarks/requirements.txt."""

import subprocess
from pathlib import Path

PYTHON = Path(__file__).parents[1] / ".venv-bench" / "bin" / "python"


class Torch:
    """The PyTorch peer as a process, or nothing where it is not installed."""

    def __init__(self) -> None:
        self.process = None
        probe = [str(PYTHON), "-c", "import torch"]
        if (
            PYTHON.exists()
            and subprocess.run(probe, capture_output=True).returncode == 0
        ):
            self.process = subprocess.Popen(
                [PYTHON, Path(__file__).with_name("torch_peer.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        else:
            print("PyTorch is not installed: `make .venv-bench/installed` adds it")

    def seconds(self, **words: object) -> float:
        """Return seconds per iteration; see torch_peer.py for the words."""
        line = " ".join(f"{key}={value}" for key, value in words.items())
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())
