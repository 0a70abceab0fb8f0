"""Comments that silence findings: `# prodlint: ignore[rule, rule] reason`, `# prodlint: file-ignore[rule] reason`.

A comment counts for a finding when it stands on any line of the finding's range; at the end of the first or last line
of the statement in which the finding begins (formatters move comments there); or alone above that line or statement.
With `until=YYYY-MM-DD` in the reason it counts through that day. Comments that silence nothing, have expired, or cannot
be understood are findings themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from prodlint.api import Severity
from prodlint.config import nearest
from prodlint.findings import Edit, Finding, Fix
from prodlint.model import Location
from prodlint.suppression_rules import EXPIRED, INVALID, SUPPRESSION_RULES, UNEXPLAINED, UNUSED
from prodlint.values import dataclass

if TYPE_CHECKING:
    from prodlint.comments import Comment, Layout

_MARKER = re.compile(r"#\s*prodlint:", re.IGNORECASE)
_PRAGMA = re.compile(
    r"#\s*prodlint:\s*(?P<verb>[\w-]*)[ \t]*(?:(?P<open>\[)(?P<names>[^]\n#]*)(?P<close>\])?)?(?P<tail>[^#\n]*)",
    re.IGNORECASE,
)
_NAME = r"[a-z]+(?:-[a-z]+)+"
_BARE_NAMES = re.compile(rf"[=:\s]*{_NAME}(?:[,\s]+{_NAME})*(?=\s|$)")
"""Names of rules without the bracket around them, as other linters have it."""
_UNTIL = re.compile(r"(?<!\w)until(?:=|\s*[:=]\s*(?=\d{4}-))(\S*)\s*", re.IGNORECASE)
"""A date, or what must be meant as one: read as a word of the reason, it would let the comment count for ever."""
_PLACEHOLDER = re.compile(r"[\W_]*(?:<[^>]*>|todo|fixme|tbd|xxx+|reason|explanation|n/?a)?[\W_]*", re.IGNORECASE)
_VERBS = ("ignore", "file-ignore")
_OWN = frozenset(rule.name for rule in SUPPRESSION_RULES)


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
    """Without the date."""
    begins: tuple[int, int]
    """First and last line on which a finding may begin to be silenced, wherever it ends."""
    until: date | None = None
    """The last day on which it counts."""
    problem: str = ""
    """Why the comment cannot be understood; it then silences nothing."""
    meant: tuple[str, ...] = ()
    """With a problem: the rules that it names, if its form can be repaired."""
    has_date_problem: bool = False
    """True: what is wrong is its date, which only its author knows."""
    tail: str = ""
    """The reason and the date as written."""
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
    """Findings about the comments themselves, by line."""


def suppressions(text: str, *, cell: int | None = None, python: bool = True) -> Suppressions:
    """Return the comments of one file, or of one code cell of a notebook (0-based).

    With `python` false every `#` begins a comment: for `.env`, YAML, TOML, Dockerfile.
    """
    if not _MARKER.search(text):
        return Suppressions()
    from prodlint.comments import plain_layout, python_layout, unix_lines

    layout = (python_layout if python else plain_layout)(unix_lines(text))
    return Suppressions(
        pragmas=tuple(
            _pragma(match, comment, layout, cell)
            for comment in layout.comments
            for match in _PRAGMA.finditer(comment.text)
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
    as_of: date | None = None,
    require_reason: bool = False,
) -> Applied:
    """Sort one file's findings by whether a comment silences them.

    `known` are all rules there are, `ran` those that ran on this file: none when it could not be parsed. `as_of` is the
    day on which dates are judged; None: today, in UTC.
    """
    if not found.pragmas:
        return Applied(kept=tuple(findings), suppressed=())
    expired = _expired(found.pragmas, as_of)
    live = [pragma for pragma in found.pragmas if pragma not in expired]
    used: set[tuple[int, str]] = set()
    kept, suppressed = _divide(findings, live, used)
    known = {*known, *_OWN}
    about = [_about_expired(pragma, path) for pragma in expired]
    for number, pragma in enumerate(live):
        unused = [
            name
            for name in dict.fromkeys(pragma.names)
            if name in ran and name not in _OWN and (number, name) not in used
        ]
        fix = _repaired(pragma, path, known, unused)
        if fix is not None and pragma.problem and objection(fix.edits[0].content, as_of, require_reason):
            fix = None
        about.extend(_about(pragma, path, known, unused, fix))
        if require_reason and _lacks_reason(pragma):
            about.append(_about_reason(pragma, path))
    about.sort(key=lambda item: (item.location, item.rule))
    about, silenced = _divide(about, live, used)
    return Applied(kept=tuple(kept), suppressed=(*suppressed, *silenced), about_suppressions=tuple(about))


def _expired(pragmas: Iterable[Pragma], as_of: date | None) -> list[Pragma]:
    dated = [pragma for pragma in pragmas if pragma.until is not None]
    if not dated:
        return []
    # The clock is read only where a comment asks for it: else the result would depend on the day.
    day = as_of or datetime.now(timezone.utc).date()
    return [pragma for pragma in dated if pragma.until is not None and pragma.until < day]


def _divide(
    findings: Iterable[Finding], pragmas: Sequence[Pragma], used: set[tuple[int, str]]
) -> tuple[list[Finding], list[Finding]]:
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        by = [number for number, pragma in enumerate(pragmas) if silences(pragma, finding)]
        used.update((number, finding.rule) for number in by)
        (suppressed if by else kept).append(finding)
    return kept, suppressed


def silences(pragma: Pragma, finding: Finding) -> bool:
    """Tell whether a comment names the finding's rule and stands where it counts."""
    return finding.rule in pragma.names and (pragma.for_file or reaches(pragma, finding.location))


def reaches(pragma: Pragma, place: Location) -> bool:
    """Tell whether a comment for a place stands where it counts for this one."""
    return place.cell == pragma.cell and (
        place.line <= pragma.line <= place.end_line or pragma.begins[0] <= place.line <= pragma.begins[1]
    )


def _pragma(match: re.Match[str], comment: Comment, layout: Layout, cell: int | None) -> Pragma:
    line = layout.lines[comment.line - 1]
    begin = comment.start + match.start()
    end = begin + len(match[0].rstrip())
    names = tuple(name.strip() for name in (match["names"] or "").split(",") if name.strip())
    tail = match["tail"].strip()
    until, date_problem = _until(tail)
    problem = _problem(match, names)
    meant = names if problem else ()
    if problem and not match["open"] and (bare := _BARE_NAMES.match(tail)):
        meant, tail = tuple(re.findall(_NAME, bare[0])), tail[bare.end() :].strip()
    elif meant and not match["close"]:
        *first, last = meant
        meant, tail = (*first, last.split()[0]), " ".join(last.split()[1:])
    verb = match["verb"].lower()
    return Pragma(
        line=comment.line,
        column=utf16(line[:begin]) + 1,
        end_column=utf16(line[:end]) + 1,
        cell=cell,
        names=() if problem or date_problem else names,
        for_file=verb in _VERBS[1:] or nearest(verb, _VERBS).endswith("`file-ignore`?"),
        reason=_UNTIL.sub("", tail).strip(),
        begins=_begins(comment.line, layout),
        until=until,
        problem=problem or date_problem,
        has_date_problem=bool(date_problem),
        meant=meant if nearest(verb, _VERBS) else (),
        tail=tail,
        removal=_removal(comment.line, begin, end, layout.lines),
    )


def _problem(match: re.Match[str], names: Sequence[str]) -> str:
    verb = match["verb"].lower()
    if verb not in _VERBS:
        hint = nearest(verb, _VERBS) if verb else ""
        return f"`{verb}` is not a suppression{hint}" if verb else "the comment says nothing"
    if not match["open"]:
        return f"`{verb}` names no rule"
    if not match["close"]:
        return f"the bracket of `{verb}[` is not closed"
    return "" if names else f"`{verb}[]` names no rule"


def _until(tail: str) -> tuple[date | None, str]:
    """Return the date in a reason, or why it is none."""
    dates = [*_UNTIL.finditer(tail)]
    if not dates:
        return None, ""
    if len(dates) > 1:
        return None, f"`{dates[1][0].strip()}` is a second date"
    found = dates[0]
    day = iso_date(found[1]) if found[0].startswith("until=") else None
    return day, "" if day else f"`{found[0].strip()}` is no date; write `until=YYYY-MM-DD`"


def iso_date(text: str) -> date | None:
    """Return the day that YYYY-MM-DD names; None for any other text, also where newer Pythons read more."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None


def _begins(line: int, layout: Layout) -> tuple[int, int]:
    span = layout.span(line)
    if line not in layout.bare:
        return span if line in span else (line, line)
    target = line + 1
    while target in layout.bare:
        target += 1
    span = layout.span(target)
    return span if target == span[0] else (target, target)


def _removal(number: int, begin: int, end: int, lines: Sequence[str]) -> tuple[int, int, int, int]:
    line = lines[number - 1]
    before, after = line[:begin], line[end:]
    if not before.strip() and not after.strip():
        # The line goes with its comment, unless it is the last one and has no end to take along.
        return (number, 1, number + 1, 1) if number < len(lines) else (number, 1, number, utf16(line) + 1)
    if not after.strip():
        return (number, utf16(before.rstrip()) + 1, number, utf16(line) + 1)
    return (number, utf16(before) + 1, number, utf16(line[: end + len(after) - len(after.lstrip())]) + 1)


def _repaired(pragma: Pragma, path: str, known: Collection[str], unused: Sequence[str]) -> Fix | None:
    """Return the edit that repairs all that is wrong with one comment; None when its author alone can."""
    if pragma.has_date_problem:
        return None
    given = [name for name in pragma.meant or pragma.names if name not in unused]
    names = [name for name in dict.fromkeys(_known_name(name, known) for name in given) if name]
    if not names and (given or pragma.problem) and pragma.tail:
        return None  # somebody has written why: that is not to be lost for a slip
    return _fix(pragma, path, names)


def objection(comment: str, as_of: date | None, require_reason: bool) -> str:
    """Return what has to be said about a comment wherever it stands; nothing of a good one, and of text without one."""
    for pragma in suppressions(comment).pragmas:
        if pragma.problem:
            return pragma.problem
        if _expired([pragma], as_of):
            return _passed(pragma)
        if require_reason and _lacks_reason(pragma):
            return _NO_REASON
    return ""


_NO_REASON = "the comment gives no reason, and `require-reason` asks for one"


def _passed(pragma: Pragma) -> str:
    return f"the comment counts until {pragma.until}, which has passed"


def _lacks_reason(pragma: Pragma) -> bool:
    return bool(pragma.names) and _PLACEHOLDER.fullmatch(pragma.reason) is not None


def _about(
    pragma: Pragma, path: str, known: Collection[str], unused: Sequence[str], fix: Fix | None
) -> Iterator[Finding]:
    """Yield what is wrong with one comment; each finding carries the same fix."""
    unknown = [name for name in pragma.names if name not in known]
    problems = [pragma.problem] if pragma.problem else []
    problems += [f"unknown rule `{name}`{nearest(name.lower(), known)}" for name in unknown]
    if problems:
        help_text = "Write `# prodlint: ignore[rule-name] reason`; `prodlint rule --all` lists the names"
        yield _finding(INVALID, pragma, path, "; ".join(problems), help_text, fix)
    if unused:
        listed = " and ".join(f"`{name}`" for name in unused)
        verb = "is" if len(unused) == 1 else "are"
        message = f"the comment ignores {listed}, which {verb} not found here"
        yield _finding(UNUSED, pragma, path, message, f"Remove {listed} from the comment", fix)


def _known_name(name: str, known: Collection[str]) -> str:
    """Return a rule's name, or that of the nearest rule, or nothing."""
    if name in known:
        return name
    return nearest(name.lower(), known).partition("`")[2].partition("`")[0]


def _about_expired(pragma: Pragma, path: str) -> Finding:
    help_text = "Repair what it excuses and remove the comment, or write a new date"
    return _finding(EXPIRED, pragma, path, _passed(pragma), help_text, _fix(pragma, path, ()))


def _about_reason(pragma: Pragma, path: str) -> Finding:
    return _finding(UNEXPLAINED, pragma, path, _NO_REASON, "Write behind the bracket why the finding is accepted", None)


def _finding(rule: str, pragma: Pragma, path: str, message: str, help_text: str, fix: Fix | None) -> Finding:
    place = _location(pragma, path)
    return Finding(rule=rule, severity=Severity.WARNING, location=place, message=message, help=help_text, fix=fix)


def _fix(pragma: Pragma, path: str, names: Sequence[str]) -> Fix:
    """Return the edit that leaves a comment these names, or removes it with its last one."""
    if names:
        text = comment_text(names, pragma.tail, for_file=pragma.for_file)
        edit = Edit(location=_location(pragma, path), content=text)
        description = "Write what the comment can mean" if pragma.problem else "Remove what silences nothing"
    else:
        line, column, end_line, end_column = pragma.removal
        where = Location(
            path=path, line=line, column=column, end_line=end_line, end_column=end_column, cell=pragma.cell
        )
        edit = Edit(location=where, content="")
        description = "Remove the comment, which silences nothing"
    return Fix(is_safe=True, description=description, edits=(edit,))


def comment_text(names: Iterable[str], reason: str, *, for_file: bool = False) -> str:
    """Return a suppressing comment."""
    return f"# prodlint: {_VERBS[for_file]}[{', '.join(names)}] {reason}".rstrip()


def _location(pragma: Pragma, path: str) -> Location:
    return Location(
        path=path,
        line=pragma.line,
        column=pragma.column,
        end_line=pragma.line,
        end_column=pragma.end_column,
        cell=pragma.cell,
    )


def utf16(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
