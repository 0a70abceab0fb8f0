"""How often each rule fired."""

from __future__ import annotations

from collections import Counter

from prodlint.api import Severity
from prodlint.findings import Run
from prodlint.report.footer import footer
from prodlint.report.printable import printable
from prodlint.report.style import Style


def render(run: Run, style: Style) -> str:
    """A line for each rule that fired: count, worst severity, name, summary; most frequent first."""
    counts = Counter(finding.rule for finding in run.findings)
    worst: dict[str, Severity] = {}
    for finding in run.findings:
        worst[finding.rule] = max(finding.severity, worst.get(finding.rule, Severity.NOTE))
    summaries = {rule.name: rule.summary for rule in run.rules}
    digits = max((len(str(count)) for count in counts.values()), default=0)
    width = max(map(len, counts), default=0)
    lines = []
    for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        label = worst[rule].label
        row = [
            f"{count:>{digits}}",
            style.paint(label, f"{label:<7}"),
            f"{rule:<{width}}",
            printable(summaries.get(rule, ""), style),
        ]
        lines.append("  ".join(row).rstrip() + "\n")
    end = footer(run, style)
    return "".join(lines) + ("\n" if lines and end else "") + end
