"""Comments that silence findings: `# prodlint: ignore[rule, rule] reason`, `# prodlint: file-ignore[rule] reason`.

A comment counts for a finding when it stands on any line of the finding's range; at the end of the first or last line
of the statement in which the finding begins (formatters move comments there); or alone above that line or statement.
Comments that silence nothing, or that cannot be understood, are findings themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from prodlint.api import Profile, Severity
from prodlint.config import nearest
from prodlint.findings import Edit, Finding, Fix, RuleInfo
from prodlint.model import Location

UNUSED = "unused-suppression"
INVALID = "invalid-suppression"

SUPPRESSION_RULES: tuple[RuleInfo, ...] = (
    RuleInfo(
        name=INVALID,
        category="suppression",
        severity=Severity.WARNING,
        summary="A `# prodlint:` comment cannot be understood",
        page="""A `# prodlint:` comment cannot be understood

## What it does
Reports a `# prodlint:` comment that has another form than `ignore[rule]` or `file-ignore[rule]`, or that names a rule
which does not exist.

## Why it matters
Such a comment silences nothing, or less than its author believes. There is no form without rule names on purpose: it
would also hide what is found tomorrow.

## Example
```python
client = OpenAI()  # prodlint: ignore
```

## Use instead
```python
client = OpenAI()  # prodlint: ignore[missing-timeout] the gateway bounds every request
```
""",
        precision="very-high",
        security_severity=None,
        tags=("suppression",),
        profile=Profile.REGULAR.name.lower(),
    ),
    RuleInfo(
        name=UNUSED,
        category="suppression",
        severity=Severity.WARNING,
        summary="A `# prodlint:` comment silences nothing",
        page="""A `# prodlint:` comment silences nothing

## What it does
Reports each rule name in a `# prodlint:` comment that silences no finding of this run. It is silent about rules that
did not run on the file.

## Why it matters
What the comment excused has gone; left in place, it would hide the next finding at that line.

## Fix
Removes the name, or the comment with its last name.
""",
        precision="very-high",
        security_severity=None,
        tags=("suppression",),
        profile=Profile.REGULAR.name.lower(),
    ),
)
"""What the reports say about this module's own findings."""

_MARKER = re.compile(r"#\s*prodlint:", re.IGNORECASE)
_PRAGMA = re.compile(
    r"#\s*prodlint:\s*(?P<verb>[\w-]*)[ \t]*(?:(?P<open>\[)(?P<names>[^]\n#]*)(?P<close>\])?)?(?P<reason>[^#\n]*)",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')'''
    r"|(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<continued>\\\n)|(?P<end>\n)",
    re.DOTALL,
)
"""Splits Python just far enough to tell comments from strings and statements from one another. Unlike `tokenize` it
knows the syntax of no particular version, and a broken file does not stop it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pragma:
    """One suppressing comment."""

    line: int
    """1-based."""
    column: int
    """1-based, in UTF-16 code units, of its `#`."""
    end_column: int
    """Exclusive: after the reason."""
    cell: int | None
    names: tuple[str, ...]
    """Rules as written, in order."""
    for_file: bool
    reason: str
    begins: tuple[int, int]
    """First and last line on which a finding may begin to be silenced, wherever it ends."""
    problem: str = ""
    """Why the comment cannot be understood; it then silences nothing."""
    removal: tuple[int, int, int, int] = (0, 0, 0, 0)
    """The range that goes when the comment goes: line, column, end line, end column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressions:
    """All suppressing comments of one file."""

    pragmas: tuple[Pragma, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One file's findings, sorted out."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    about_suppressions: tuple[Finding, ...] = ()
    """Findings of `unused-suppression` and `invalid-suppression`, by line."""


@dataclass(slots=True)
class _Statements:
    """The lines of each statement that has more than one, and the lines with nothing but a comment."""

    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By each line of the statement."""
    bare: set[int] = field(default_factory=set)


def suppressions(text: str, *, cell: int | None = None, python: bool = True) -> Suppressions:
    """Return the comments of one file, or of one code cell of a notebook (0-based).

    With `python` false every `#` begins a comment: for `.env`, YAML, TOML, Dockerfile.
    """
    if not _MARKER.search(text):
        return Suppressions()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    statements = _Statements()
    comments = list(_python_comments(text, statements) if python else _plain_comments(lines, statements))
    return Suppressions(
        pragmas=tuple(
            _pragma(match, number, start, lines, statements, cell)
            for number, start, comment in comments
            for match in _PRAGMA.finditer(comment)
        )
    )


def join(parts: Iterable[Suppressions]) -> Suppressions:
    """Return the comments of a notebook from those of its cells."""
    return Suppressions(pragmas=tuple(pragma for part in parts for pragma in part.pragmas))


def apply(
    findings: Sequence[Finding],
    found: Suppressions,
    *,
    path: str,
    known: Collection[str],
    ran: Collection[str],
) -> Applied:
    """Sort one file's findings by whether a comment silences them.

    `known` are all rules there are, `ran` those that ran on this file: none when it could not be parsed.
    """
    if not found.pragmas:
        return Applied(kept=tuple(findings), suppressed=())
    used: set[tuple[int, str]] = set()
    kept, suppressed = _divide(findings, found.pragmas, used)
    known = {*known, UNUSED, INVALID}
    about = [item for pragma in found.pragmas for item in _invalid(pragma, path, known)]
    for number, pragma in enumerate(found.pragmas):
        unused = [name for name in dict.fromkeys(pragma.names) if name in ran and (number, name) not in used]
        about.extend(_unused(pragma, path, [name for name in unused if name not in (UNUSED, INVALID)]))
    about, silenced = _divide(
        sorted(about, key=lambda item: (item.location.cell or 0, item.location)), found.pragmas, used
    )
    return Applied(kept=tuple(kept), suppressed=(*suppressed, *silenced), about_suppressions=tuple(about))


def _divide(
    findings: Iterable[Finding], pragmas: Sequence[Pragma], used: set[tuple[int, str]]
) -> tuple[list[Finding], list[Finding]]:
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        by = [number for number, pragma in enumerate(pragmas) if _silences(pragma, finding)]
        used.update((number, finding.rule) for number in by)
        (suppressed if by else kept).append(finding)
    return kept, suppressed


def _silences(pragma: Pragma, finding: Finding) -> bool:
    if finding.rule not in pragma.names:
        return False
    if pragma.for_file:
        return True
    place = finding.location
    return place.cell == pragma.cell and (
        place.line <= pragma.line <= place.end_line or pragma.begins[0] <= place.line <= pragma.begins[1]
    )


def _python_comments(text: str, statements: _Statements) -> Iterator[tuple[int, int, str]]:
    """Yield line, 0-based offset in the line, and text of each comment, and note the statements on the way."""
    line, line_start, depth, first = 1, 0, 0, 1
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "comment":
            if not text[line_start : token.start()].strip():
                statements.bare.add(line)
            yield line, token.start() - line_start, token[0]
        elif kind in ("open", "close"):
            depth = max(depth + (1 if kind == "open" else -1), 0)
        newlines = token[0].count("\n")
        if newlines:
            line += newlines
            line_start = token.start() + token[0].rindex("\n") + 1
        if kind == "end" and depth == 0:
            _note_statement(statements, first, line - 1)
            first = line
    _note_statement(statements, first, line)


def _note_statement(statements: _Statements, first: int, last: int) -> None:
    for line in range(first, last + 1) if last > first else ():
        statements.spans[line] = (first, last)


def _plain_comments(lines: Sequence[str], statements: _Statements) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(lines, 1):
        start = line.find("#")
        if start >= 0:
            if not line[:start].strip():
                statements.bare.add(number)
            yield number, start, line[start:]


def _pragma(
    match: re.Match[str], number: int, start: int, lines: Sequence[str], statements: _Statements, cell: int | None
) -> Pragma:
    line = lines[number - 1]
    begin = start + match.start()
    end = start + match.start() + len(match[0].rstrip())
    names = tuple(name.strip() for name in (match["names"] or "").split(",") if name.strip())
    problem = _problem(match, names)
    return Pragma(
        line=number,
        column=_utf16(line[:begin]) + 1,
        end_column=_utf16(line[:end]) + 1,
        cell=cell,
        names=() if problem else names,
        for_file=match["verb"].lower() == "file-ignore",
        reason=match["reason"].strip(),
        begins=_begins(number, statements),
        problem=problem,
        removal=_removal(number, begin, end, lines),
    )


def _problem(match: re.Match[str], names: Sequence[str]) -> str:
    verb = match["verb"].lower()
    if verb not in ("ignore", "file-ignore"):
        hint = nearest(verb, ("ignore", "file-ignore")) if verb else ""
        return f"`{verb}` is not a suppression{hint}" if verb else "the comment says nothing"
    if not match["open"]:
        return f"`{verb}` names no rule"
    if not match["close"]:
        return f"the bracket of `{verb}[` is not closed"
    return "" if names else f"`{verb}[]` names no rule"


def _begins(line: int, statements: _Statements) -> tuple[int, int]:
    span = statements.spans.get(line, (line, line))
    if line not in statements.bare:
        return span if line in span else (line, line)
    target = line + 1
    while target in statements.bare:
        target += 1
    span = statements.spans.get(target, (target, target))
    return span if target == span[0] else (target, target)


def _removal(number: int, begin: int, end: int, lines: Sequence[str]) -> tuple[int, int, int, int]:
    line = lines[number - 1]
    before, after = line[:begin], line[end:]
    if not before.strip() and not after.strip():
        # The line goes with its comment, unless it is the last one and has no end to take along.
        return (number, 1, number + 1, 1) if number < len(lines) else (number, 1, number, _utf16(line) + 1)
    if not after.strip():
        return (number, _utf16(before.rstrip()) + 1, number, _utf16(line) + 1)
    return (number, _utf16(before) + 1, number, _utf16(line[: end + len(after) - len(after.lstrip())]) + 1)


def _invalid(pragma: Pragma, path: str, known: Collection[str]) -> Iterator[Finding]:
    problems = [pragma.problem] if pragma.problem else []
    problems += [f"unknown rule `{name}`{nearest(name, known)}" for name in pragma.names if name not in known]
    for problem in problems:
        yield Finding(
            rule=INVALID,
            severity=Severity.WARNING,
            location=_location(pragma, path),
            message=problem,
            help="Write `# prodlint: ignore[rule-name] reason`; `prodlint rule --all` lists the names",
        )


def _unused(pragma: Pragma, path: str, names: Sequence[str]) -> Iterator[Finding]:
    place = _location(pragma, path)
    for name in names:
        yield Finding(
            rule=UNUSED,
            severity=Severity.WARNING,
            location=place,
            message=f"the comment ignores `{name}`, which is not found here",
            help=f"Remove `{name}` from the comment",
            fix=Fix(
                is_safe=True,
                description="Remove what silences nothing",
                edits=(_shortened(pragma, path, names),),
            ),
        )


def _shortened(pragma: Pragma, path: str, unused: Collection[str]) -> Edit:
    """Return the edit that takes all unused names away, the same for each of them, so that both can be applied."""
    left = [name for name in pragma.names if name not in unused]
    if not left:
        line, column, end_line, end_column = pragma.removal
        where = Location(
            path=path, line=line, column=column, end_line=end_line, end_column=end_column, cell=pragma.cell
        )
        return Edit(location=where, content="")
    verb = "file-ignore" if pragma.for_file else "ignore"
    text = f"# prodlint: {verb}[{', '.join(left)}] {pragma.reason}".rstrip()
    return Edit(location=_location(pragma, path), content=text)


def _location(pragma: Pragma, path: str) -> Location:
    return Location(
        path=path,
        line=pragma.line,
        column=pragma.column,
        end_line=pragma.line,
        end_column=pragma.end_column,
        cell=pragma.cell,
    )


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
