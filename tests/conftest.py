"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

import fixture_harness as harness

settings.register_profile("prodlint", deadline=None, derandomize=True, max_examples=200)
settings.load_profile("prodlint")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the developer's environment may change a result."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR", "PRODLINT_OUTPUT_FORMAT", "GIT_DIR", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory) -> harness.Copy:
    """Writes a case into a folder whose path says nothing about tests, fixtures or examples."""

    def write(case: harness.Case) -> Path:
        # `tmp_path` is named after the test function, and the engine reads the context off paths.
        folder = tmp_path_factory.mktemp("app")
        harness.write_case(case, folder)
        return folder

    return write
