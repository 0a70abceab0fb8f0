"""`prodlint check --add-ignore`."""

from __future__ import annotations

import re
from typing import Any

import click

from prodlint.cli.running import Engine, asked


def ignore_all(engine: Engine, request: Any, reason: str, *, color: str) -> int:
    """Writes a comment for each finding; exit code 1 when a finding is left, 2 when something was not analysed."""
    from prodlint.add_ignore import add_ignores
    from prodlint.report import delivery
    from prodlint.report.printable import counted
    from prodlint.suppress import comment_text, objection

    if request.stdin is not None:
        raise click.UsageError("--add-ignore changes files, not standard input")
    if re.search(r"[#\r\n]", reason):
        raise click.UsageError("the reason of --add-ignore is one line without `#`")
    if why := objection(comment_text(["rule"], reason.strip()), request.as_of, request.config.require_reason):
        raise click.UsageError(f"{why}; write --add-ignore=REASON")
    run = asked(engine, engine.check, request)
    added = add_ignores(run, reason.strip())
    for finding, why in added.left:
        place = finding.location
        delivery.say(f"{place.path}:{place.line}: {finding.rule} is left: {why}")
    delivery.say(f"silenced {counted(added.findings, 'finding')} in {counted(added.files, 'file')}")
    delivery.print_failures(run.failures, color)
    return 2 if run.failures else int(bool(added.left))
