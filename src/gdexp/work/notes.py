"""Notes below the results of what each product was made: what is stale, or left over.

Times of files, and what Snakemake remembers, are not asked: results are copied, put
together and moved, and its folder is deleted.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.util.digests import content
from gdexp.util.files import write_json
from gdexp.work.products import Product, behind, partial_of, products, run_of

NOTES = ".made"  # below the results
SHOWN = ("figures", "partial", "report", "tables")  # folders of what people look at


@dataclass
class Notes:
    """The notes of which each product was made.

    Parameters
    ----------
    results : str
    contents : mapping of str to bytes
        Digests of what files hold, by their paths below the results, as far as known.
    """

    results: str
    contents: Mapping[str, bytes] = field(default_factory=dict)

    def stale(self, product: Product) -> bool:
        """Return whether a product is there and was not made of what there is now."""
        if not any(Path(self.results, file).exists() for file in product.outputs):
            return False
        try:
            noted = json.loads(self._path(product).read_text("utf-8"))["made_of"]
            return bool(noted != self._digest(product, self._inputs(product)))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return True

    def linked(self, product: Product) -> list[str]:
        """Return the files that it links to: there, and of what there is now."""
        files = [(each, each.outputs[0]) for each in product.beside]
        return [
            file
            for each, file in files
            if Path(self.results, file).exists() and not self.stale(each)
        ]

    @contextmanager
    def making(self, product: Product) -> Iterator[None]:
        """Make a product, and note of what."""
        read, path = self._inputs(product), self._path(product)
        write_json({"made_of": ""}, path)  # if it is cut short
        yield
        if path.exists():  # else see `unsynced`
            write_json({"made_of": self._digest(product, read)}, path)

    @contextmanager
    def making_if_ready(self, product: Product | None) -> Iterator[None]:
        """Do the same, unless there is none, or something that it reads is missing."""
        there = product and all(
            Path(self.results, file).exists() for file in product.reads
        )
        with self.making(product) if product and there else nullcontext():
            yield

    def _path(self, product: Product) -> Path:
        return Path(self.results, NOTES, product.rule, f"{product.name or 'all'}.json")

    def _inputs(self, product: Product) -> bytes:
        total = hashlib.sha256()
        for file in product.reads:
            total.update(file.encode() + self._content(file))
        return total.digest()

    def _digest(self, product: Product, read: bytes) -> str:
        """Return the digest of all that it follows from, and of what was made."""
        total = hashlib.sha256(read)
        made = product.state() or " ".join(self.linked(product))
        known = product.follows, product.outputs, made
        total.update(repr(known).encode())
        for file in product.outputs:
            total.update(self._content(file))
        return total.hexdigest()[:16]

    def _content(self, file: str) -> bytes:
        known, path = self.contents.get(file), Path(self.results, file)
        return known or (content(path.read_bytes()) if path.exists() else b"")


def unsynced(results: str) -> None:
    """Have the next run make the store agree with records that are as before, too.

    A cell that is run again has two runs then, and a server is not asked.
    """
    with suppress(OSError):
        Path(f"{results}/{NOTES}/sync/all.json").unlink()


def outdated(
    grid: Grid, contents: Mapping[str, bytes], files: Iterable[str] = ()
) -> list[Product]:
    """Return what is there and stale; of files alone, no server is asked for images.

    Parameters
    ----------
    grid : Grid
    contents : mapping of str to bytes
        As of `Notes`.
    files : iterable of str
        As of `behind`; of all that is made if there are none.
    """
    notes = Notes(grid.results, contents)
    made = behind(grid, files) if files else shown(grid)
    return [each for each in made if notes.stale(each)]


def leftover(grid: Grid, made: Iterable[Product]) -> list[str]:
    """Return the files among what is shown that none of what is made of a grid has."""
    known = {file for each in made for file in each.outputs}
    there = chain.from_iterable(Path(grid.results, x).rglob("[!.]*") for x in SHOWN)
    files = (str(each.relative_to(grid.results)) for each in there if each.is_file())
    return sorted(file for file in files if file not in known)


def shown(grid: Grid) -> list[Product]:
    """Return all that is made of a grid, or was while it was not finished."""
    draft = [partial_of(grid)] if Path(grid.results, "partial").exists() else []
    return [*products(run_of(grid)), *draft]
