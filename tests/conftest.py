"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("prodlint", deadline=None, derandomize=True, max_examples=200)
settings.load_profile("prodlint")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the developer's environment may change a result."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR", "PRODLINT_OUTPUT_FORMAT", "GIT_DIR", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
