"""Runs to render: built by hand, one fact at a time."""

from __future__ import annotations

from collections.abc import Iterable

from prodlint.api import Related, Severity
from prodlint.findings import Failure, Finding, Fix, RuleInfo, Run, Summary
from prodlint.model import Location


def at(path: str, line: int, column: int, end_column: int, *, end_line: int = 0, cell: int | None = None) -> Location:
    return Location(path=path, line=line, column=column, end_line=end_line or line, end_column=end_column, cell=cell)


def finding(
    location: Location,
    *,
    rule: str = "missing-timeout",
    severity: Severity = Severity.WARNING,
    message: str = "the client is built without a timeout; openai's default is `600 s`",
    help: str = "pass `timeout=60` to `OpenAI`",
    related: Iterable[Related] = (),
    flow: Iterable[Related] = (),
    symbol: str = "",
    fix: Fix | None = None,
) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        location=location,
        message=message,
        help=help,
        symbol=symbol,
        related=tuple(related),
        flow=tuple(flow),
        fix=fix,
        fingerprint="ab" * 32,
    )


def rule_info(
    name: str,
    *,
    category: str = "reliability",
    severity: Severity = Severity.WARNING,
    security_severity: float | None = None,
    page: str = "A request can wait for ever.\n\n## What it does\n\nFinds clients without a timeout.\n",
    tags: tuple[str, ...] = (),
) -> RuleInfo:
    return RuleInfo(
        name=name,
        category=category,
        severity=severity,
        summary="A request can wait for ever",
        page=page,
        precision="high",
        security_severity=security_severity,
        tags=tags,
        profile="regular",
    )


RULES = (
    rule_info(
        "hardcoded-api-key",
        category="security",
        severity=Severity.ERROR,
        security_severity=8.0,
        tags=("external/cwe/cwe-798",),
    ),
    rule_info("missing-timeout"),
)


def run(
    *findings: Finding,
    sources: dict[str, str] | None = None,
    failures: Iterable[Failure] = (),
    suppressed: int = 0,
    root: str = "/nowhere/project",
    rules: tuple[RuleInfo, ...] = RULES,
    in_file: dict[Location, Location] | None = None,
) -> Run:
    return Run(
        root=root,
        findings=findings,
        failures=tuple(failures),
        summary=Summary(
            files=12,
            files_screened_out=9,
            files_parsed=3,
            calls=5,
            findings=len(findings),
            suppressed=suppressed,
            seconds=0.25,
        ),
        rules=rules,
        sources=sources or {},
        in_file=in_file or {},
    )
