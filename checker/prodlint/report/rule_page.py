"""Rules as `prodlint rule` shows them."""

from __future__ import annotations

from collections.abc import Sequence

from prodlint.findings import RuleInfo
from prodlint.report.json_report import SCHEMA_VERSION, Json, document
from prodlint.report.style import Style


def rule_text(rules: Sequence[RuleInfo], style: Style) -> str:
    """Each rule's page below its name, severity and category, a blank line between pages."""
    return "\n".join(_page(rule, style) for rule in rules)


def _page(rule: RuleInfo, style: Style) -> str:
    severity = style.paint(rule.severity.label, rule.severity.label)
    facts = [f"severity: {severity}", f"category: {rule.category}", f"profile: {rule.profile}"]
    if rule.precision:
        facts.append(f"precision: {rule.precision}")
    page = rule.page.strip() or rule.summary
    return f"# {style.paint('rule', rule.name)}\n\n{', '.join(facts)}\n\n{page}\n"


def rule_json(rules: Sequence[RuleInfo]) -> str:
    """One JSON object, ASCII only, one rule a line."""
    return document({"schema_version": SCHEMA_VERSION, "rules": [_object(rule) for rule in rules]})


def _object(rule: RuleInfo) -> dict[str, Json]:
    return {
        "name": rule.name,
        "category": rule.category,
        "severity": rule.severity.label,
        "summary": rule.summary,
        "precision": rule.precision,
        "security_severity": rule.security_severity,
        "profile": rule.profile,
        "tags": list(rule.tags),
        "page": rule.page,
    }
