"""Writes suppressing comments for findings: `prodlint check --add-ignore`.

A comment goes to the end of the line on which the finding begins. Where that line cannot take one, as it ends in a
string or goes on behind a backslash, it goes to the end of the statement, else above it. A comment that is there
already gets the further names. Nothing but comments changes, which is proved before a file is written.
"""

from __future__ import annotations

import ast
import io
import posixpath
import re
import tokenize
from collections.abc import Iterable, Sequence

from prodlint.comments import Layout, python_layout, unix_lines
from prodlint.findings import Finding, Run
from prodlint.fixes import store
from prodlint.fixes.edits import Refused
from prodlint.notebook import with_cell_lines
from prodlint.reading import Source, UnreadableError, is_python, read_notebook, read_python
from prodlint.suppress import Pragma, comment_text, reaches, suppressions
from prodlint.suppression_rules import CATEGORY, SUPPRESSION_RULES
from prodlint.values import dataclass, field

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What has been written."""

    findings: int
    """Silenced now."""
    files: int
    left: tuple[tuple[Finding, str], ...] = ()
    """Findings that no comment was written for, and why."""


@dataclass(slots=True)
class _Plan:
    """Changes to the lines of one program; lines are 1-based."""

    behind: dict[int, list[str]] = field(default_factory=dict)
    """Rules to name in a new comment at the end of a line."""
    above: dict[int, list[str]] = field(default_factory=dict)
    """Rules to name in a new comment on a line of its own."""
    more: dict[int, list[tuple[Pragma, list[str]]]] = field(default_factory=dict)
    """Comments that are to name further rules, by line."""


def add_ignores(run: Run, reason: str) -> Added:
    """Write a comment with this reason for each finding of a run."""
    by_path: dict[str, list[Finding]] = {}
    left: list[tuple[Finding, str]] = []
    own = {rule.name for rule in SUPPRESSION_RULES}
    for finding in run.findings:
        if finding.rule in own:
            left.append((finding, f"it is about a comment ({CATEGORY})"))
        else:
            by_path.setdefault(finding.location.path, []).append(finding)
    files = count = 0
    for path, findings in by_path.items():
        in_code = [finding for finding in findings if finding.location.cell is not None or not path.endswith(".ipynb")]
        left.extend((finding, _NO_CODE) for finding in findings if finding not in in_code)
        problem = _write(run.root, path, in_code, reason) if in_code else ""
        if problem:
            left.extend((finding, problem) for finding in in_code)
        elif in_code:
            files += 1
            count += len(in_code)
    return Added(findings=count, files=files, left=tuple(left))


_NO_CODE = "it does not stand in a cell's Python code; use a baseline"


def _write(root: str, path: str, findings: Sequence[Finding], reason: str) -> str:
    """Add comments to one file; return why that was not possible, or nothing."""
    try:
        data = store.read(root, path)
        is_notebook = path.endswith(".ipynb")
        if not is_notebook and not is_python(posixpath.basename(path), data):
            return "comments are written to Python files and notebooks only; use a baseline"
        changed = _notebook(data, findings, reason) if is_notebook else _python(data, findings, reason)
        if changed is None:
            return "a comment there would change the program"
        store.write(root, path, data, changed)
    except OSError as error:
        return f"the file cannot be read: {error.strerror}"
    except Refused as error:
        return str(error)
    except UnreadableError as error:
        return f"the file cannot be read: {error}"
    except UnicodeEncodeError:
        return "the file's encoding has no room for the reason"
    return ""


def _python(data: bytes, findings: Sequence[Finding], reason: str) -> bytes | None:
    text = read_python(data).text
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    lines = _LINE.findall(text)
    plain = unix_lines(text)
    new = "".join(_changed(lines, _plan(findings, plain, None, _is_dated(reason)), reason))
    return new.encode(encoding) if _same_program(plain, unix_lines(new)) else None


def _notebook(data: bytes, findings: Sequence[Finding], reason: str) -> bytes | None:
    source = read_notebook(data)
    raw = source.raw
    for cell in sorted({finding.location.cell for finding in findings if finding.location.cell is not None}):
        plain = _cell_text(source, cell)
        inside = [finding for finding in findings if finding.location.cell == cell]
        plan = _plan(inside, plain, cell, _is_dated(reason))

        def change(lines: list[str], plan: _Plan = plan) -> list[str]:
            return _changed(lines, plan, reason)

        raw = with_cell_lines(raw, cell, change)
        if not _same_program(plain, _cell_text(read_notebook(raw.encode()), cell)):
            return None
    return (b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b"") + raw.encode("utf-8", "surrogatepass")


def _cell_text(source: Source, cell: int) -> str:
    lines = source.text.split("\n")
    ends = (*source.cells[1:], len(lines))
    return "\n".join(lines[source.cells[cell] - 1 : ends[cell] - 1])


def _plan(findings: Iterable[Finding], text: str, cell: int | None, is_dated: bool) -> _Plan:
    layout = python_layout(text)
    pragmas = [pragma for pragma in suppressions(text, cell=cell).pragmas if not pragma.problem and not pragma.for_file]
    plan = _Plan()
    for finding in findings:
        # All names of a comment share its date: a finding that gets one, or is not to get one, needs its own comment.
        shared = [p for p in pragmas if p.until is None and not is_dated and reaches(p, finding.location)]
        if shared:
            known = plan.more.setdefault(shared[0].line, [])
            names = next((names for pragma, names in known if pragma is shared[0]), None)
            if names is None:
                names = []
                known.append((shared[0], names))
        else:
            where, line = _room(finding.location.line, layout)
            names = (plan.behind if where == "behind" else plan.above).setdefault(line, [])
        if finding.rule not in names:
            names.append(finding.rule)
    return plan


def _is_dated(reason: str) -> bool:
    return any(pragma.until is not None for pragma in suppressions(comment_text(["any"], reason)).pragmas)


def _room(line: int, layout: Layout) -> tuple[str, int]:
    """Return where a comment for what begins on a line can stand."""
    first, last = layout.span(line)
    for candidate in (line, last, first):
        if candidate not in layout.closed:
            return "behind", candidate
    return "above", first


def _changed(lines: Sequence[str], plan: _Plan, reason: str) -> list[str]:
    """Return the lines, with their ends, with the comments of the plan."""
    ends = [re.search(r"[\r\n]*\Z", line)[0] for line in lines]  # type: ignore[index]
    usual = next((end for end in ends if end), "\n")
    result: list[str] = []
    for number, (line, end) in enumerate(zip(lines, ends, strict=True), 1):
        body = line[: len(line) - len(end)]
        if number in plan.above:
            indent = body[: len(body) - len(body.lstrip())]
            result.append(f"{indent}{comment_text(plan.above[number], reason)}{usual}")
        for pragma, names in sorted(plan.more.get(number, ()), key=lambda item: -item[0].column):
            body = _extended(body, pragma, names, reason)
        if number in plan.behind:
            body = f"{body.rstrip()}  {comment_text(plan.behind[number], reason)}"
        result.append(body + end)
    return result


def _extended(line: str, pragma: Pragma, names: Sequence[str], reason: str) -> str:
    units = line.encode("utf-16-le", "surrogatepass")
    every = [*pragma.names, *(name for name in names if name not in pragma.names)]
    text = comment_text(every, pragma.tail or reason)
    before, after = units[: (pragma.column - 1) * 2], units[(pragma.end_column - 1) * 2 :]
    return before.decode("utf-16-le", "surrogatepass") + text + after.decode("utf-16-le", "surrogatepass")


def _same_program(old: str, new: str) -> bool:
    """Tell whether two texts differ in comments only; one that this Python cannot parse is taken as it is."""
    try:
        tree = ast.dump(ast.parse(old))
    except (SyntaxError, ValueError, RecursionError):
        return True
    try:
        return tree == ast.dump(ast.parse(new))
    except (SyntaxError, ValueError, RecursionError):
        return False
