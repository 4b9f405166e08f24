"""Names wheels after the oldest glibc that they run on.

usage: tag_wheel.py FOLDER

A wheel of linux_x86_64 becomes one of manylinux_2_<n>_x86_64, where 2.<n> is the newest
version of a symbol that its programs and libraries want of glibc. The package brings every
other library but those that the manylinux policies expect on each Linux (Bundle.cmake).
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile


def glibc(wheel):
    """The minor version of glibc that the files of a wheel want."""
    newest = 0
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        for name in archive.namelist():
            with archive.open(name) as file:
                if file.read(4) != b"\x7fELF":
                    continue
            wanted = subprocess.run(
                ["readelf", "--wide", "--version-info", archive.extract(name, folder)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            newest = max([newest, *map(int, re.findall(r"Name: GLIBC_2\.(\d+)", wanted.stdout))])
    return newest


def main(folder):
    wheels = sorted(pathlib.Path(folder).glob("*-linux_x86_64.whl"))
    if not wheels:
        sys.exit(f"{folder}: must have a wheel of linux_x86_64, got none")
    for wheel in wheels:
        tag = f"manylinux_2_{glibc(wheel)}_x86_64"
        subprocess.run(
            [sys.executable, "-m", "wheel", "tags", "--remove", "--platform-tag", tag, wheel],
            stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
