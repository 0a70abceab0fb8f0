"""The public rule API: all that a rule module may import.

A rule is one module that ends in `RULE = Rule(...)`. Its file name with dashes is the rule's name, its folder the
category, its docstring the rule's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from prodlint.levels import PROFILE_VERSION, Defaults, Profile, Severity
from prodlint.model import (
    AsyncBlock,
    Client,
    Context,
    Credential,
    Guard,
    KnownModel,
    Location,
    ModelCall,
    Omission,
    Project,
    ResultUse,
    Setting,
    State,
    Step,
    Subject,
)
from prodlint.repairs import (
    CacheFunction,
    PassSetting,
    ReadVariable,
    Repair,
    ReplaceNumber,
    RunInThread,
    StreamAnswer,
)
from prodlint.values import dataclass, field

__all__ = [
    "PROFILE_VERSION",
    "AsyncBlock",
    "CacheFunction",
    "Client",
    "Context",
    "Credential",
    "Defaults",
    "Guard",
    "KnownModel",
    "Location",
    "ModelCall",
    "Omission",
    "PassSetting",
    "Profile",
    "Project",
    "ReadVariable",
    "Related",
    "Repair",
    "ReplaceNumber",
    "Report",
    "ResultUse",
    "Rule",
    "RuleContext",
    "RunInThread",
    "Setting",
    "Severity",
    "State",
    "Step",
    "StreamAnswer",
    "Subject",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """What a rule may ask for beside its subject."""

    project: Project
    defaults: Defaults
    as_of: str = ""
    """ISO date on which dated facts, such as a model's retirement, are judged: that of the model table, unless
    `--as-of` says another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a finding."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a rule says about one subject; the engine turns it into a finding."""

    location: Location
    message: str
    """What is wrong, with the fact that makes it so; code in backticks, no final stop."""
    help: str
    """What to do, imperative."""
    symbol: str = ""
    """Qualified name of the enclosing function or class."""
    severity: Severity | None = None
    """None: the rule's own."""
    context: Context | None = None
    """The context of the code it is about; posture rules are one step milder in scripts, notebooks and examples."""
    in_test: bool = False
    related: tuple[Related, ...] = ()
    flow: tuple[Related, ...] = ()
    """The way the program takes to the fault, step by step, from an entry point to the finding's own place."""
    repair: Repair | None = None
    """How to repair it, when the rule knows one; whether it fits the source is decided later."""


SubjectT = TypeVar("SubjectT", ModelCall, Client, Credential, AsyncBlock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[SubjectT]):
    """One rule. Name, category and page are read from the module it stands in."""

    on: type[SubjectT]
    """The kind of subject that `check` is called with, once for each in the project."""
    check: Callable[[SubjectT, RuleContext], Iterator[Report]]
    severity: Severity
    summary: str
    """One line for lists, e.g. "A request can wait for ever"."""
    profile: Profile = Profile.REGULAR
    profile_since: int = 1
    """The first version of the profile that has the rule."""
    posture: bool = True
    """True: one severity lower in scripts, notebooks and examples."""
    applies_to_tests: bool = False
    precision: str = "high"
    """SARIF's word: `very-high`, `high`, `medium` or `low`."""
    security_severity: float | None = None
    """CVSS-like, 0.1 to 10.0; security rules only."""
    tags: tuple[str, ...] = field(default=())
