"""A disk whose power can be cut: a file system in a file. What was not fsynced at the cut is gone, as on a real one.

Needs root for the mount. Journal commits and write-back are set to a minute, so that nothing is saved by luck.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

MIB = 96


class Disk:
    """An ext4 image under `folder`, mounted at `mount`."""

    def __init__(self, folder: Path) -> None:
        self.image, self.mount = folder / "disk.img", folder / "disk"
        self.mount.mkdir(parents=True)
        with self.image.open("wb") as file:
            file.truncate(MIB << 20)
        _do("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0", str(self.image))
        self._mount()

    def settle(self) -> None:
        """Bring everything written so far onto the disk: what a trial begins with is not at stake."""
        _do("sync", "-f", str(self.mount))

    def cut(self) -> None:
        """Cut the power now: the image as it is this moment becomes the disk, its journal replayed by the mount."""
        after = self.image.with_suffix(".after")
        _do("cp", "--sparse=always", str(self.image), str(after))
        _do("umount", str(self.mount))
        os.replace(after, self.image)
        self._mount()

    def close(self) -> None:
        _do("umount", str(self.mount))
        self.image.unlink()

    def _mount(self) -> None:
        _do("mount", "-o", "loop,commit=60", str(self.image), str(self.mount))
        shutil.rmtree(self.mount / "lost+found", ignore_errors=True)


def _do(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]} needs root and loop devices: {done.stderr.strip()}"
