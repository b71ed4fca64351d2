"""The command line: `main` reads it, one function does each command."""

from gdexp.cli.main import main

__all__ = ["main"]
