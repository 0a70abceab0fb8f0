"""SARIF's description of the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from prodlint.api import Severity
from prodlint.findings import Finding, RuleInfo
from prodlint.report.json_report import Json

_TEXT_LIMIT = 1024
"""Characters of a description that GitHub takes."""
_TAG_LIMIT = 10
_PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_PRECISIONS = frozenset({"very-high", "high", "medium", "low"})


def rule_descriptors(rules: Sequence[RuleInfo], findings: Iterable[Finding]) -> list[dict[str, Json]]:
    """One descriptor for each rule that ran, by name; also for a rule that has a finding and is not listed."""
    described = {rule.name: _descriptor(rule) for rule in rules}
    for finding in findings:
        if finding.rule not in described:
            described[finding.rule] = _descriptor(_unlisted(finding))
    return [described[name] for name in sorted(described)]


def _unlisted(finding: Finding) -> RuleInfo:
    return RuleInfo(
        name=finding.rule,
        category="",
        severity=finding.severity,
        summary="",
        page="",
        precision="",
        security_severity=None,
        tags=(),
        profile="",
    )


def _descriptor(rule: RuleInfo) -> dict[str, Json]:
    # A required text must not be empty.
    summary = rule.summary.strip() or rule.name
    page = rule.page.strip() or summary
    silence = f"To accept one place, write `# prodlint: ignore[{rule.name}] reason` on its line or the line above."
    return {
        "id": rule.name,
        "name": "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", rule.name)) or rule.name,
        "shortDescription": {"text": _stopped(summary)},
        "fullDescription": {"text": _stopped(_explanation(page) or summary)},
        "help": {"text": f"{page}\n\n{silence}", "markdown": f"{page}\n\n{silence}"},
        "defaultConfiguration": {"level": rule.severity.label},
        "properties": _properties(rule),
    }


def _properties(rule: RuleInfo) -> dict[str, Json]:
    properties: dict[str, Json] = {}
    if rule.precision in _PRECISIONS:
        properties["precision"] = rule.precision
    tags = [tag for tag in dict.fromkeys((rule.category, *rule.tags)) if tag]
    severity = rule.security_severity
    if rule.category == "security":
        if severity is not None and 0 < severity <= 10:
            properties["security-severity"] = f"{severity:.1f}" if severity >= 0.1 else "0.1"
    else:
        properties["problem.severity"] = _PROBLEM_SEVERITY[rule.severity]
    properties["tags"] = list(tags[:_TAG_LIMIT])
    return properties


def _explanation(page: str) -> str:
    """The first paragraph of the page that is not a heading or the summary line, on one line."""
    blocks = re.split(r"\n\s*\n", page)[1:]
    body = [re.sub(r"^#+ .*$", "", block, flags=re.MULTILINE).strip() for block in blocks]
    return next((" ".join(block.split()) for block in body if block and not block.startswith(("```", "|"))), "")


def _stopped(text: str) -> str:
    """One line of at most `_TEXT_LIMIT` characters that ends in a full stop."""
    line = " ".join(text.split())
    if len(line) >= _TEXT_LIMIT:
        line = line[: _TEXT_LIMIT - 2].rstrip() + "…"
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
