"""Download image sets: verified by their published checksums, whole or not at all.

With pooch, which is made for this: it downloads to a temporary file with a progress
bar, checks the hash and moves the file into place.
"""

import hashlib
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gdexp.util.errors import DataError
from gdexp.util.files import whole

TIMEOUT = 5  # seconds until a server counts as out of reach


@dataclass(frozen=True)
class Archive:
    """A file to download.

    Attributes
    ----------
    url, md5 : str
    files : mapping of str to str
        Local file, below the data folder, -> its name in the archive; "" for a file
        that is what is downloaded.
    """

    url: str
    md5: str
    files: tuple[tuple[str, str], ...]


_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"

ARCHIVES = (
    Archive(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "c32a1d4ab5d03f1284b67883e8d87530",
        tuple(
            (name, name)
            for name in (
                f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)
            )
        ),
    ),
    *(
        Archive(f"{url}/{file}", md5, ((f"{folder}/{file}", ""),))
        for url, folder, file, md5 in (
            (
                _MNIST,
                "mnist",
                "t10k-images-idx3-ubyte.gz",
                "9fb629c4189551a2d022fa330f9573f3",
            ),
            (
                _MNIST,
                "mnist",
                "t10k-labels-idx1-ubyte.gz",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            (
                _FASHION,
                "fashion_mnist",
                "t10k-images-idx3-ubyte.gz",
                "bef4ecab320f06d8554ea6380940ec79",
            ),
            (
                _FASHION,
                "fashion_mnist",
                "t10k-labels-idx1-ubyte.gz",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
        )
    ),
)


def archives_of(files: Sequence[str]) -> list[Archive]:
    """Return the archives that hold any of the files, named below the data folder."""
    wanted = set(files)
    return [a for a in ARCHIVES if wanted.intersection(name for name, _ in a.files)]


def reachable(archives: Sequence[Archive]) -> list[Archive]:
    """Return those of the archives whose servers answer within some seconds."""
    with ThreadPoolExecutor() as pool:  # the seconds of dead servers do not add up
        answers = list(pool.map(_answers, archives))
    return [archive for archive, there in zip(archives, answers, strict=True) if there]


def _answers(archive: Archive) -> bool:
    import requests

    try:
        with requests.head(
            archive.url, timeout=TIMEOUT, allow_redirects=True
        ) as answer:
            answer.raise_for_status()
    except (requests.RequestException, OSError):
        return False
    return True


def download(archive: Archive, folder: Path, files: Sequence[str]) -> None:
    """Download an archive into the data folder and take files out of it.

    Parameters
    ----------
    archive : Archive
    folder : Path
        The data folder. The archive is kept in it.
    files : sequence of str
        Which of its files to make, named below the folder.

    Raises
    ------
    DataError
        If the server is out of reach, the checksum is wrong, or a file is not in the
        archive. Nothing half-written is left.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    for name, member in archive.files:
        if name not in files:
            continue
        path = folder / name
        kept = path if member == "" else folder / Path(archive.url).name
        if kept.exists() and _md5(kept) != archive.md5:
            kept.unlink()
        try:
            pooch.retrieve(
                archive.url,
                f"md5:{archive.md5}",
                fname=kept.name,
                path=kept.parent,
                progressbar=True,
            )
        except ValueError:
            raise DataError(
                f"{archive.url} has not the checksum {archive.md5}: the download was"
                " cut short or the file is another one; nothing was kept, try again"
            ) from None
        except (requests.RequestException, OSError) as error:
            raise DataError(
                f"cannot download {archive.url}: {_short(error)}; try again, or set"
                " 'data' to a folder that has the files"
            ) from None
        if member:
            _extract(kept, member, path)


def _extract(archive: Path, member: str, path: Path) -> None:
    """Write one member, found by its name, to a path of our own choice."""
    try:
        with tarfile.open(archive) as tar, whole(path) as temporary:
            file = tar.extractfile(member)
            if file is None:
                raise KeyError
            temporary.write_bytes(file.read())
    except KeyError:
        raise DataError(f"archive {archive} has no file {member!r}") from None
    except (tarfile.TarError, EOFError) as error:
        raise DataError(f"archive {archive} is damaged: {_short(error)}") from None


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 120 else text[:117] + "..."
