"""Where the code of the labelled packages comes from: wheels from PyPI, unpacked outside the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path


class FetchError(Exception):
    """A package is not there in the version that its labels are about."""


def default_cache() -> Path:
    """The folder for downloads: `prodlint-bench` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prodlint-bench"


def fetched(name: str, version: str, cache: Path) -> Path:
    """The unpacked wheel of a release, downloaded unless it is in the cache. Nothing of it is installed or run."""
    target = cache / f"{name}-{version}"
    if target.is_dir():
        return target
    downloads = cache / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # A wheel is unpacked; to download an sdist, pip would run its build script.
    command += ["--only-binary=:all:", "--ignore-requires-python", "--dest", str(downloads), f"{name}=={version}"]
    if subprocess.run(command, check=False).returncode:
        raise FetchError(f"pip cannot download {name} {version}")
    wheel = next(path for path in downloads.glob("*.whl") if _is_release(path.name, name, version))
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(partial)
    partial.rename(target)
    return target


def unpacked(name: str, version: str, source: Path) -> Path:
    """The folder of a package that somebody else has unpacked as `source/NAME`."""
    folder = source / name
    if not any(_is_release(path.name, name, version) for path in folder.glob("*.dist-info")):
        raise FetchError(f"{folder} does not hold {name} {version}")
    return folder


def _is_release(file_name: str, name: str, version: str) -> bool:
    """True for the wheel or the `.dist-info` folder of a release."""
    parts = file_name.removesuffix(".dist-info").split("-")
    return parts[0].lower().replace("_", "-") == name and parts[1] == version
