"""Known secrets: the `.secrets.baseline` that detect-secrets keeps in a project's root."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from prodlint.values import dataclass, field

NAME = ".secrets.baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The secrets a project has decided to live with, by file; never the secrets themselves."""

    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Path from the root, `/` separated -> hex SHA-1 of each secret, as detect-secrets writes it."""

    def covers(self, path: str, secret: str) -> bool:
        """True when the baseline lists `secret` for the file `path` (relative to the root)."""
        known = self.hashes.get(_normalised(path))
        if not known:
            return False
        # SHA-1 is the file format's, not a choice; it protects nothing here.
        digest = hashlib.sha1(secret.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
        return digest in known


def load(root: Path) -> Baseline:
    """The baseline in `root`; an empty one when there is none.

    Raises `ValueError` with the file's name and the remedy when it cannot be read as one.
    """
    try:
        data = (root / NAME).read_bytes()
    except FileNotFoundError:
        return Baseline()
    except OSError as error:
        raise _broken(error.strerror or "cannot be read") from error
    import json

    try:
        # From bytes: PowerShell's `>` writes UTF-16, and json tells the encodings apart.
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _broken("no JSON") from error
    return Baseline(hashes=_hashes(document))


def _hashes(document: object) -> dict[str, frozenset[str]]:
    """The hashes of each file in a parsed baseline; raises `ValueError` for any other document."""
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        raise _broken("no `results` in it")
    hashes: dict[str, frozenset[str]] = {}
    for path, entries in results.items():
        if not isinstance(entries, list):
            raise _broken(f"the results of `{path}` are no list")
        known = [entry.get("hashed_secret") if isinstance(entry, dict) else None for entry in entries]
        texts = frozenset(digest.lower() for digest in known if isinstance(digest, str))
        if None in known or len(texts) != len({str(digest).lower() for digest in known}):
            raise _broken(f"an entry of `{path}` has no `hashed_secret`")
        hashes[_normalised(path)] = hashes.get(_normalised(path), frozenset()) | texts
    return hashes


def _normalised(path: str) -> str:
    """The path as prodlint writes it: detect-secrets keeps `\\` on Windows and a leading `./`."""
    return path.replace("\\", "/").removeprefix("./")


def _broken(reason: str) -> ValueError:
    """The error for a baseline that cannot be used."""
    return ValueError(
        f"`{NAME}` is not a detect-secrets baseline ({reason}): "
        f"write it anew with `detect-secrets scan > {NAME}`, or delete it"
    )
