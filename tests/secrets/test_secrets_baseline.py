"""The `.secrets.baseline` of detect-secrets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from prodlint.secrets.baseline import load


def sha1(secret: str) -> str:
    """As detect-secrets writes it."""
    return hashlib.sha1(secret.encode()).hexdigest()


def document(path: str, *secrets: str) -> dict[str, object]:
    """A baseline of one file."""
    return {"version": "1.5.0", "results": {path: [{"type": "T", "hashed_secret": sha1(s)} for s in secrets]}}


def test_no_baseline_covers_nothing(tmp_path: Path) -> None:
    assert not load(tmp_path).covers("a.py", "secret")


@pytest.mark.parametrize("path", ["src/a.py", "src\\a.py", "./src/a.py"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_listed_secret_is_covered_in_its_file_only(tmp_path: Path, path: str, encoding: str) -> None:
    (tmp_path / ".secrets.baseline").write_text(json.dumps(document(path, "one", "two")), encoding=encoding)
    known = load(tmp_path)
    assert known.covers("src/a.py", "one")
    assert known.covers("src/a.py", "two")
    assert not known.covers("src/a.py", "three")
    assert not known.covers("src/b.py", "one")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"results": []}',
        '{"results": {"a.py": {}}}',
        '{"results": {"a.py": ["x"]}}',
        '{"results": {"a.py": [{"type": "T"}]}}',
        '{"results": {"a.py": [{"hashed_secret": 7}]}}',
        "[" * 100_000,
    ],
)
def test_a_broken_baseline_names_itself_and_the_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / ".secrets.baseline").write_text(content)
    with pytest.raises(ValueError, match=r"\.secrets\.baseline.*detect-secrets scan"):
        load(tmp_path)


def test_a_baseline_that_is_a_folder_is_broken(tmp_path: Path) -> None:
    (tmp_path / ".secrets.baseline").mkdir()
    with pytest.raises(ValueError, match="delete it"):
        load(tmp_path)


def test_what_detect_secrets_writes_is_read(tmp_path: Path) -> None:
    from detect_secrets.core import baseline
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    secret = "AKIA" + "Q7RT2WXYZ5KLM3NB"
    (tmp_path / "a.py").write_text(f'k = "{secret}"\n')
    with default_settings():
        found = SecretsCollection(root=str(tmp_path))
        found.scan_file("a.py")
        (tmp_path / ".secrets.baseline").write_text(json.dumps(baseline.format_for_output(found)))
    assert load(tmp_path).covers("a.py", secret)
