"""Findings: what a run says, as the reports write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodlint.values import dataclass, field

if TYPE_CHECKING:
    from prodlint.api import Related, Severity
    from prodlint.model import Location
    from prodlint.repairs import Repair


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One replacement of text; an insertion has an empty range."""

    location: Location
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """How a finding can be repaired."""

    is_safe: bool
    description: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault at one place."""

    rule: str
    severity: Severity
    location: Location
    message: str
    help: str
    symbol: str = ""
    related: tuple[Related, ...] = ()
    flow: tuple[Related, ...] = ()
    """The way the program takes to the fault, step by step; empty when there is none to tell."""
    repair: Repair | None = None
    """What the rule asks for; `fix` is made of it when an output needs edits."""
    fix: Fix | None = None
    source_hash: str = ""
    """Hex, of the symbol and of the flagged source without its layout; see `prodlint.identity`."""
    outline_hash: str = ""
    """The same without the arguments of calls: what stays when somebody edits the flagged call."""
    fingerprint: str = ""
    """Hex SHA-256 of rule, path, `source_hash` and the occurrence number; free of line numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A file, or a part of the run, that could not be analysed; or, `of_fix`, a fix that could not be made."""

    path: str
    """Relative to the root; empty when it is not about one file."""
    line: int | None
    message: str
    cell: int | None = None
    """0-based code cell of a notebook in which `line` counts."""
    of_fix: bool = False

    @property
    def kind(self) -> str:
        """What came of it, in words."""
        return "not fixed" if self.of_fix else "not analysed"

    @property
    def location(self) -> Location | None:
        """The first character of the line; None when there is no line."""
        from prodlint.model import Location

        if self.line is None:
            return None
        line = max(self.line, 1)
        return Location(path=self.path, line=line, column=1, end_line=line, end_column=1, cell=self.cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """What the reports and `prodlint rule` say about a rule."""

    name: str
    category: str
    severity: Severity
    summary: str
    page: str
    """Markdown, the rule module's docstring."""
    precision: str
    security_severity: float | None
    tags: tuple[str, ...]
    profile: str
    """`regular`, `strict` or `audit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of one run. Each file is screened out, parsed, or not analysed."""

    files: int
    """All that were found or named, or should have been there."""
    files_screened_out: int
    """Without anything for a rule to look at, as far as their bytes tell; keys are looked for in them, too."""
    files_parsed: int
    """Also notebooks of which some cells could not be."""
    files_not_analysed: int = 0
    """Those with an entry among the failures of which nothing was parsed."""
    calls: int
    findings: int = 0
    suppressed: int = 0
    seconds: float = 0.0
    baselined: int = 0
    """Findings left out because the baseline lists them."""
    inherited: int = 0
    """Findings left out because the base revision has them, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All a report needs."""

    root: str
    """Absolute path of the project root."""
    findings: tuple[Finding, ...]
    """Sorted by path, line, column, rule."""
    failures: tuple[Failure, ...]
    summary: Summary
    rules: tuple[RuleInfo, ...]
    """Every rule that ran, by name."""
    sources: dict[str, str]
    """The text of each file that has a finding, by path, for excerpts. A notebook's is its JSON."""
    stale: tuple[str, ...] = ()
    """Each baseline entry that matches nothing any more, as text."""
    notes: tuple[str, ...] = ()
    """What else the reader must know about this run."""
    in_file: dict[Location, Location] = field(default_factory=dict)
    """For each place in a notebook's cell: where that stands in the file."""
    key_places: tuple[Location, ...] = ()
    """Where keys stand, reported or not: what shows these lines must not show them."""
    stage_seconds: tuple[tuple[str, float], ...] = ()
    """Wall-clock time of each stage, in their order."""
    rule_seconds: tuple[tuple[str, float], ...] = ()
    """Wall-clock time of each rule, by name."""
    sarif_category: str = ""
    """What tells this run apart, for a code host, from others on the same commit; empty leaves that to the upload."""
