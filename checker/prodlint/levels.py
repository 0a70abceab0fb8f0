"""How bad a finding is, which rules run, and the numbers that a project may set: the part of the rule API that the
configuration needs, apart from the model so that reading a configuration stays cheap."""

from __future__ import annotations

import enum

from prodlint.values import dataclass


class Severity(enum.IntEnum):
    """How bad a finding is; ordered, so that `severity >= fail_on` is the gate."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The name in options, configuration and every output."""
        return self.name.lower()

    def lowered(self) -> Severity:
        """One step less severe; a note stays a note."""
        return Severity(max(self - 1, Severity.NOTE))


class Profile(enum.IntEnum):
    """The smallest profile a rule runs in; ordered."""

    REGULAR = 1
    STRICT = 2
    AUDIT = 3


PROFILE_VERSION = 1
"""The newest version of the profiles. It grows with a release in which a rule joins one; `regular@1` goes on
meaning the rules whose `profile_since` is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """`[tool.prodlint.defaults]`: the numbers that messages suggest and fixes write."""

    timeout: float = 60.0
    """Seconds."""
    max_tokens: int = 1024
    max_retries: int = 3
    """Attempts after the first."""
    configured: frozenset[str] = frozenset()
    """The names above that the project has set itself."""
