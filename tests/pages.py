"""The commands and examples of a page, and how they are run."""

import os
import re
import subprocess
from pathlib import Path


def blocks(text: str, kind: str) -> list[str]:
    """Return the blocks of a kind in a page."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Return the commands of a page, each as one line without its comment."""
    lines = "".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    found = [re.sub(r"\s+#.*", "", line).strip() for line in lines]
    return [" ".join(line.split()) for line in found if line]


def run(
    command: str, clone: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a clone, by its own code."""
    environment["PYTHONPATH"] = str(clone / "src")
    return subprocess.run(
        command,
        shell=True,
        cwd=clone,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
