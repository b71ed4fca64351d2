"""A file system that lacks what it is told to: a folder, passed on by FUSE.

``python odd_disk.py BACKING POINT SETTINGS`` mounts BACKING at POINT, as the type
``fuse.odd``, until standard input ends. SETTINGS is a JSON file, which may change:

lacks : dict of str to str
    ``flock``, ``locks`` (of byte ranges, as sqlite's), ``link``, ``rename``, and the
    error's name that each fails with; ``mmap`` fails with ENODEV.
quota : int
    Bytes; more fail with EDQUOT.
slow : float
    Seconds that each request takes.
ignores_case : bool
    Whether ``A`` and ``a`` are one file.

Linux's protocol, version 7.31 (linux/fuse.h), as far as the tests need it; it needs
root and /dev/fuse, but no library.
"""

import ctypes
import errno
import json
import os
import signal
import stat
import struct
import sys
import threading
import time
from pathlib import Path

POSIX_LOCKS, ATOMIC_TRUNC, BIG_WRITES, FLOCK_LOCKS = 1 << 1, 1 << 3, 1 << 5, 1 << 10
DIRECT_IO = 1  # of an open file: no page cache, and so no shared memory
FORGET, INIT, BATCH_FORGET, INTERRUPT = 2, 26, 42, 36

libc = ctypes.CDLL(None, use_errno=True)


class Disk:
    """Answers the kernel's requests; methods are named after its operations."""

    def __init__(self, backing: Path, settings: Path) -> None:
        self._paths, self._ids, self._last = {1: backing}, {backing: 1}, 1
        self._backing, self._file, self._read = backing, settings, 0
        self._files: dict[int, tuple[int, bool]] = {}
        self.settings()

    def settings(self):
        made = self._file.stat().st_mtime_ns
        if made != self._read:
            self._read, told = made, json.loads(self._file.read_text())
            self._lacks = told.get("lacks", {})
            self._quota, self._slow = told.get("quota"), told.get("slow", 0)
            self._ignores_case = told.get("ignores_case", False)
        return self._lacks

    def serve(self, device: int) -> None:
        names = {code: getattr(self, name) for code, name in OPERATIONS.items()}
        while True:
            try:
                request = os.read(device, (1 << 17) + 4096)
            except OSError:  # unmounted
                return
            _, code, unique, node = struct.unpack_from("IIQQ", request)
            self.settings()
            if code in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            if self._slow:
                time.sleep(self._slow)
            error, answer = errno.ENOSYS, b""
            if code in names:
                try:
                    answer, error = names[code](node, request[40:]) or b"", 0
                except OSError as reason:
                    error = reason.errno
            answer = b"" if error else answer
            os.write(
                device, struct.pack("IiQ", 16 + len(answer), -error, unique) + answer
            )

    def _fails(self, what):
        if what in self._lacks:
            raise OSError(getattr(errno, self._lacks[what]), what)

    def _room(self, more):
        used = (path.lstat().st_size for path in self._backing.rglob("*"))
        if self._quota is not None and sum(used) + more > self._quota:
            raise OSError(errno.EDQUOT, "quota")

    def _at(self, node, name):
        path = self._paths[node] / os.fsdecode(name.split(b"\0")[0])
        if self._ignores_case and not path.exists():
            same = (
                p for p in path.parent.iterdir() if p.name.lower() == path.name.lower()
            )
            path = next(same, path)
        return path

    def _attributes(self, path, file=None):
        s = os.fstat(file) if file is not None else path.lstat()
        times = s.st_atime_ns, s.st_mtime_ns, s.st_ctime_ns
        return struct.pack(
            "6Q10I", s.st_ino, s.st_size, s.st_blocks,
            *(t // 10**9 for t in times), *(t % 10**9 for t in times),
            s.st_mode, s.st_nlink, s.st_uid, s.st_gid, s.st_rdev, 4096, 0,
        )  # fmt: skip

    def _entry(self, path):
        attributes = self._attributes(path)
        if path not in self._ids:
            self._last += 1
            self._ids[path], self._paths[self._last] = self._last, path
        return struct.pack("4Q2I", self._ids[path], 0, 0, 0, 0, 0) + attributes

    def _opened(self, path, flags, mode=0):
        direct = "mmap" in self._lacks
        file = os.open(path, flags & ~os.O_APPEND & ~os.O_DIRECT, mode)
        return struct.pack("QIi", file, DIRECT_IO if direct else 0, 0)

    def init(self, node, body):
        flags = ATOMIC_TRUNC | BIG_WRITES
        flags |= FLOCK_LOCKS if "flock" in self._lacks else 0
        flags |= POSIX_LOCKS if "locks" in self._lacks else 0
        limits = struct.pack("4I2H2I2HI", 7, 31, 0, flags, 0, 0, 1 << 17, 1, 0, 0, 0)
        return limits.ljust(64, b"\0")

    def lookup(self, node, body):
        return self._entry(self._at(node, body))

    def getattr(self, node, body):
        flags, _, file = struct.unpack_from("2IQ", body)
        return bytes(16) + self._attributes(
            self._paths[node], file if flags & 1 else None
        )

    def setattr(self, node, body):
        what, _, file, size, _, *times = struct.unpack_from("2I6Q", body)
        atime_ns, mtime_ns, _, mode, _, uid, gid = struct.unpack_from("7I", body, 56)
        path = self._paths[node]
        target = file if what & 64 else path
        if what & 1:
            path.chmod(mode)
        if what & 6:
            os.chown(path, uid if what & 2 else -1, gid if what & 4 else -1)
        if what & 8:
            os.truncate(target, size)
        if what & (16 | 32 | 128 | 256):
            now, was = time.time_ns(), path.lstat()
            given = times[0] * 10**9 + atime_ns, times[1] * 10**9 + mtime_ns
            old = was.st_atime_ns, was.st_mtime_ns
            new = [
                now if what & instant else given[i] if what & given_ else old[i]
                for i, (given_, instant) in enumerate([(16, 128), (32, 256)])
            ]
            os.utime(path, ns=tuple(new))
        return bytes(16) + self._attributes(path)

    def readlink(self, node, body):
        return os.fsencode(self._paths[node].readlink())

    def symlink(self, node, body):
        name, target, _ = body.split(b"\0", 2)
        self._at(node, name).symlink_to(os.fsdecode(target))
        return self._entry(self._at(node, name))

    def mkdir(self, node, body):
        mode, _ = struct.unpack_from("2I", body)
        self._room(0)
        self._at(node, body[8:]).mkdir(mode)
        return self._entry(self._at(node, body[8:]))

    def unlink(self, node, body):
        path = self._at(node, body)
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        self._ids.pop(path, None)

    def rename(self, node, body, start=8):
        (folder,) = struct.unpack_from("Q", body)
        self._fails("rename")
        old, new, _ = body[start:].split(b"\0", 2)
        old, new = self._at(node, old), self._at(folder, new)
        old.rename(new)
        self._ids.pop(new, None)
        for path, number in list(self._ids.items()):
            if path == old or old in path.parents:
                del self._ids[path]
                moved = new / path.relative_to(old)
                self._ids[moved], self._paths[number] = number, moved

    def rename2(self, node, body):
        if struct.unpack_from("QI", body)[1]:
            raise OSError(errno.EINVAL, "flags")
        self.rename(node, body, 16)

    def link(self, node, body):
        (old,) = struct.unpack_from("Q", body)
        self._fails("link")
        os.link(self._paths[old], self._at(node, body[8:]))
        return self._entry(self._at(node, body[8:]))

    def open(self, node, body):
        return self._opened(self._paths[node], struct.unpack_from("I", body)[0])

    def create(self, node, body):
        flags, mode, _, _ = struct.unpack_from("4I", body)
        self._room(0)
        path = self._at(node, body[16:])
        self._ids.pop(path, None) if not path.exists() else None
        opened = self._opened(path, flags | os.O_CREAT, mode)
        return self._entry(path) + opened

    def read(self, node, body):
        file, offset, size = struct.unpack_from("2QI", body)
        return os.pread(file, size, offset)

    def write(self, node, body):
        file, offset, size = struct.unpack_from("2QI", body)
        if self._quota is not None:
            self._room(max(0, offset + size - os.fstat(file).st_size))
        return struct.pack("2I", os.pwrite(file, body[40 : 40 + size], offset), 0)

    def release(self, node, body):
        os.close(struct.unpack_from("Q", body)[0])

    def statfs(self, node, body):
        s = os.statvfs(self._backing)
        counts = s.f_blocks, s.f_bfree, s.f_bavail, s.f_files, s.f_ffree
        return struct.pack("5Q4I", *counts, s.f_bsize, 255, s.f_frsize, 0) + bytes(24)

    def opendir(self, node, body):
        return struct.pack("QIi", 0, 0, 0)

    def readdir(self, node, body):
        _, offset, size = struct.unpack_from("2QI", body)
        answer = b""
        files = sorted(self._paths[node].iterdir())
        for number, file in enumerate(files[offset:], offset + 1):
            seen, name = file.lstat(), os.fsencode(file.name)
            kind = stat.S_IFMT(seen.st_mode) >> 12
            head = struct.pack("2Q2I", seen.st_ino, number, len(name), kind)
            one = (head + name).ljust(-(-(24 + len(name)) // 8) * 8, b"\0")
            if len(answer) + len(one) > size:
                break
            answer += one
        return answer

    def setlk(self, node, body):
        (flags,) = struct.unpack_from("I", body, 40)
        self._fails("flock" if flags & 1 else "locks")
        # never refused: who asks for them lacks the other kind

    def nothing(self, node, body):
        pass


OPERATIONS = {
    1: "lookup", 3: "getattr", 4: "setattr", 5: "readlink", 6: "symlink", 9: "mkdir",
    10: "unlink", 11: "unlink", 12: "rename", 13: "link", 14: "open", 15: "read",
    16: "write", 17: "statfs", 18: "release", 20: "nothing", 25: "nothing", 26: "init",
    27: "opendir", 28: "readdir", 29: "nothing", 30: "nothing", 31: "setlk",
    32: "setlk", 33: "setlk", 35: "create", 45: "rename2",
}  # fmt: skip


def main(backing: str, point: str, settings: str) -> None:
    disk = Disk(Path(backing), Path(settings))
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"odd", point.encode(), b"fuse.odd", 0, options):
        raise OSError(ctypes.get_errno(), "cannot mount")

    def wait():
        sys.stdin.read()
        libc.umount2(point.encode(), 2)  # also while files are open
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):  # of whoever ends all of a group
        signal.signal(number, signal.SIG_IGN)
    print("mounted", flush=True)
    threading.Thread(target=wait, daemon=True).start()
    disk.serve(device)


if __name__ == "__main__":
    main(*sys.argv[1:])
