"""Collects the fixtures, reads what they expect, and compares it with what the engine says.

A *case* is one file, or one folder that is analysed as a project of its own. Its expectations stand in its files:

    client = OpenAI()  # warning: [missing-timeout] "600 s", note: [missing-retries]

A keyword is `error`, `warning`, `note` (the severity must match), `todo-error` (a missed alarm) or `todo-ok` (a false
alarm); the last two fail once they are untrue. A text in double quotes must be part of the message. A comment
`# rules: missing-timeout, missing-retries` among the first lines of any file of a case restricts what it is judged for.

What all fixes, the unsafe ones too, make of a case stands beside it: `<case>.fixed.py` for a file, and a folder
`<case>.fixed` that holds the files that change for a folder. `python scripts/fix_fixtures.py` writes them, to be read.

Strings such as `@@openai-project@@` stand for key-shaped literals that are put in when a case is copied, so that no
file of the repository holds one.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodlint.findings import Finding, Run
    from prodlint.fixes.rounds import Outcome
    from prodlint.model import ModelCall, Setting

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CORE_RULES = (
    "blocking-call-in-async",
    "disabled-timeout",
    "hardcoded-api-key",
    "missing-max-tokens",
    "missing-retries",
    "missing-timeout",
    "uncached-deterministic-call",
    "unstreamed-response",
)

_KEYWORDS = r"(?:error|warning|note|todo-error|todo-ok)"
_RULE = r'\[[a-z-]+\](?: "[^"]*")?'
_LIST = rf"{_RULE}(?:,\s*{_RULE})*"
_START = re.compile(rf"#\s*{_KEYWORDS}:\s*\[")
_WHOLE = re.compile(rf"#\s*({_KEYWORDS}:\s*{_LIST}(?:,\s*{_KEYWORDS}:\s*{_LIST})*)\s*(?:#.*)?$")
_PART = re.compile(rf'(?:(?P<keyword>{_KEYWORDS}):\s*)?\[(?P<rule>[a-z-]+)\](?: "(?P<message>[^"]*)")?')
_MARKER = re.compile(r"# rules:\s*(?P<names>[a-z, -]+?)\s*$")
_MARKER_LINES = 5
_CALLS = re.compile(r"#\s*calls:\s*(?P<settings>.*?)\s*$")
_SECRET = re.compile(r"@@([a-z0-9-]+)@@")
_ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of a case."""

    path: str
    """Relative to the case, `/` separated."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A project to analyse, with its expectations inside its files."""

    name: str
    """The path below `fixtures/`, without suffix."""
    files: tuple[SourceFile, ...]
    rules: frozenset[str] | None
    """What it is judged for; None: every rule that ran."""

    @property
    def python_files(self) -> tuple[SourceFile, ...]:
        return tuple(file for file in self.files if file.path.endswith(".py"))

    def rewritten(self, rewrite: Callable[[str], str]) -> Case:
        """The case with the text of its Python files replaced."""
        files = tuple(
            replace(file, text=rewrite(file.text)) if file.path.endswith(".py") else file for file in self.files
        )
        return replace(self, files=files)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Expectation:
    """One annotation."""

    path: str
    cell: int
    """0-based; -1 outside notebooks."""
    line: int
    """1-based; within the cell of a notebook."""
    rule: str
    keyword: str
    message: str


Copy = Callable[["Case"], Path]
"""The fixture `copy` in conftest.py."""


def by_name(case: Case) -> str:
    """How a parametrised test shows a case."""
    return case.name


def collect(*folders: str) -> list[Case]:
    """The cases in these folders below `fixtures/`, by name; an app or a case folder is one case."""
    return [
        read_case(entry)
        for folder in folders
        for entry in sorted((FIXTURES / folder).iterdir())
        if not _is_fixed(entry)
        and (entry.suffix in {".py", ".ipynb"} or (entry.is_dir() and entry.name != "__pycache__"))
    ]


def _is_fixed(entry: Path) -> bool:
    """True for what fixing makes of a case."""
    return ".fixed" in entry.suffixes


def fixed_files(case: Case) -> dict[str, bytes]:
    """The files that fixes change, as they are afterwards, by path in the copy of the case."""
    plain = FIXTURES / case.name
    if plain.is_dir():
        folder = plain.with_name(f"{plain.name}.fixed")
        found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    else:
        suffix = Path(case.files[0].path).suffix
        path = plain.with_name(f"{plain.name}.fixed{suffix}")
        found = {case.files[0].path: path} if path.exists() else {}
    return {name: _with_secrets(path.read_bytes().decode("utf-8")) for name, path in found.items()}


def write_fixed(case: Case, changed: Mapping[str, bytes]) -> None:
    """Write what fixing makes of a case beside it, with placeholders for key-shaped literals."""
    plain = FIXTURES / case.name
    folder = plain.with_name(f"{plain.name}.fixed")
    shutil.rmtree(folder, ignore_errors=True)
    for suffix in (".py", ".ipynb"):
        plain.with_name(f"{plain.name}.fixed{suffix}").unlink(missing_ok=True)
    kinds = {match[1] for file in case.files for match in _SECRET.finditer(file.text)}
    for name, data in changed.items():
        target = folder / name if plain.is_dir() else plain.with_name(f"{plain.name}.fixed{Path(name).suffix}")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = data.decode("utf-8")
        for kind in kinds:
            text = text.replace(make_secret(kind), f"@@{kind}@@")
        target.write_bytes(text.encode("utf-8"))


def _with_secrets(text: str) -> bytes:
    return _SECRET.sub(lambda match: make_secret(match[1]), text).encode("utf-8")


def fix_folder(path: Path, rules: Iterable[str] | None) -> Outcome:
    """What all fixes of some rules, or of all, come to in one folder; nothing is written."""
    from prodlint.config import Config
    from prodlint.engine import Request, Selection, check
    from prodlint.fixes.rounds import fix_all

    selection = Selection(select=tuple(sorted(rules)) if rules is not None else None)
    request = Request(paths=(path,), config=Config(), selection=selection)
    return fix_all(lambda overlay: check(replace(request, overlay=overlay)), lambda finding, run, planner: True)


def rule_folders() -> list[str]:
    """The folders that are named after a rule."""
    return sorted(
        entry.name for entry in FIXTURES.iterdir() if entry.is_dir() and not entry.name.startswith(("_", "."))
    )


def read_case(entry: Path) -> Case:
    """The case at a file or folder; apps and clean programs are judged for every rule there is."""
    paths = [entry] if entry.is_file() else sorted(path for path in entry.rglob("*") if path.is_file())
    base = entry.parent if entry.is_file() else entry
    files = tuple(
        SourceFile(path=_copied_name(path, base), text=path.read_bytes().decode("utf-8"))
        for path in paths
        if "__pycache__" not in path.parts
    )
    name = entry.relative_to(FIXTURES).with_suffix("").as_posix()
    judged_for_all = name.startswith(("_apps/", "_clean/"))
    return Case(name=name, files=files, rules=None if judged_for_all else _judged_rules(files))


def _copied_name(path: Path, base: Path) -> str:
    """Where a file goes in the copy; `_clean/openai.py` must not become the module `openai` of its project."""
    if base.name == "_clean":
        return f"{path.stem}_service{path.suffix}"
    return path.relative_to(base).as_posix()


def _judged_rules(files: tuple[SourceFile, ...]) -> frozenset[str]:
    names: set[str] = set()
    for file in files:
        for _, _, line in islice(_lines(file), _MARKER_LINES):
            if match := _MARKER.match(line):
                names.update(name.strip() for name in match["names"].split(","))
    if unknown := names.difference(CORE_RULES, rule_folders()):
        raise ValueError(f"unknown rules in a `# rules:` comment: {sorted(unknown)}")
    return frozenset(names or CORE_RULES)


def write_case(case: Case, folder: Path) -> None:
    """Copy a case into an empty folder, with key-shaped literals where it has placeholders."""
    for file in case.files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_with_secrets(file.text))


def make_secret(kind: str) -> str:
    """A literal in a provider's key format, or one in none (`opaque`); the same for the same kind every time.

    The prefixes are put together from parts: this file must not look like a leak either.
    """
    generator = random.Random(f"prodlint {kind}")

    def body(length: int, alphabet: str = _ALPHANUMERIC) -> str:
        return "".join(generator.choice(alphabet) for _ in range(length))

    # Formats: the table of key formats in the project's SDK facts.
    match kind:
        case "openai-project":
            return "-".join(("sk", "proj", body(74) + "T3Blbk" + "FJ" + body(74)))
        case "anthropic":
            return "-".join(("sk", "ant", "api03", body(93) + "AA"))
        case "google":
            return "AI" + "za" + body(35)
        case "groq":
            return "gs" + "k_" + body(52)
        case "huggingface":
            return "h" + "f_" + body(34, string.ascii_letters)
        case "xai":
            return "-".join(("xai", body(80)))
        case "openrouter":
            return "-".join(("sk", "or", "v1", body(64, "0123456789abcdef")))
        case "opaque":
            return "-".join(body(length) for length in (6, 9, 9, 9))
    raise ValueError(f"no key format for @@{kind}@@")


def run(path: Path) -> list[Finding]:
    """The findings of an unconfigured run over one folder."""
    return list(check_folder(path).findings)


def check_folder(path: Path) -> Run:
    """An unconfigured run over one folder."""
    from prodlint.config import Config
    from prodlint.engine import Request, check

    return check(Request(paths=(path,), config=Config()))


def resolved_calls(path: Path) -> tuple[ModelCall, ...]:
    """The requests that an unconfigured run over one folder sees."""
    from prodlint.config import Config
    from prodlint.engine import Request, inventory

    return inventory(Request(paths=(path,), config=Config())).calls


def expectations(case: Case) -> list[Expectation]:
    """All annotations of a case, sorted."""
    return sorted(expectation for file in case.files for expectation in _read_annotations(file))


def _read_annotations(file: SourceFile) -> Iterator[Expectation]:
    for cell, number, line in _lines(file):
        if not _START.search(line):
            continue
        whole = _WHOLE.search(line)
        if whole is None:
            raise ValueError(f"{file.path}:{number}: malformed annotation: {line.strip()}")
        keyword = ""
        for part in _PART.finditer(whole[1]):
            keyword = part["keyword"] or keyword
            yield Expectation(
                path=file.path,
                cell=cell,
                line=number,
                rule=part["rule"],
                keyword=keyword,
                message=part["message"] or "",
            )


def _lines(file: SourceFile) -> Iterator[tuple[int, int, str]]:
    """Cell (-1: no notebook), 1-based line number and text of every line of code."""
    if not file.path.endswith(".ipynb"):
        yield from ((-1, number, line) for number, line in enumerate(file.text.splitlines(), 1))
        return
    code_cells = (cell for cell in json.loads(file.text)["cells"] if cell["cell_type"] == "code")
    for index, cell in enumerate(code_cells):
        source = "".join(cell["source"])
        yield from ((index, number, line) for number, line in enumerate(source.splitlines(), 1))


def judged(case: Case, findings: Iterable[Finding]) -> list[Finding]:
    """The findings that a case is judged for."""
    return [finding for finding in findings if case.rules is None or finding.rule in case.rules]


def differences(case: Case, findings: Iterable[Finding]) -> list[str]:
    """What was expected and not found, and what was found and not expected; one line each, empty when all is well."""
    remaining = judged(case, findings)
    problems: list[str] = []
    for expected in expectations(case):
        found = _take(expected, remaining)
        if problem := _judge(expected, found):
            problems.append(f"{_place(case, expected.path, expected.cell, expected.line)}\n      {problem}")
    for extra in remaining:
        cell = -1 if extra.location.cell is None else extra.location.cell
        place = _place(case, extra.location.path, cell, extra.location.line)
        problems.append(f"{place}\n      unexpected {extra.severity.label}: [{extra.rule}] {extra.message}")
    return problems


def _take(expected: Expectation, remaining: list[Finding]) -> Finding | None:
    """Remove the finding an annotation speaks of; one of the right severity first."""
    wanted = (expected.path, expected.cell, expected.line, expected.rule)
    candidates = [finding for finding in remaining if _key(finding) == wanted]
    candidates.sort(key=lambda finding: finding.severity.label != expected.keyword)
    if not candidates:
        return None
    remaining.remove(candidates[0])
    return candidates[0]


def _key(finding: Finding) -> tuple[str, int, int, str]:
    location = finding.location
    return (location.path, -1 if location.cell is None else location.cell, location.line, finding.rule)


def _judge(expected: Expectation, found: Finding | None) -> str:
    """What is wrong with what was found for an annotation; empty when nothing is."""
    wanted = f"{expected.keyword}: [{expected.rule}]"
    match expected.keyword:
        case "todo-error":
            return "" if found is None else f"no longer a missed alarm: make it a plain annotation ({wanted})"
        case "todo-ok":
            return "" if found is not None else f"no longer a false alarm: remove the annotation ({wanted})"
    if found is None:
        return f"not found: {wanted}"
    if found.severity.label != expected.keyword:
        return f"severity: expected {wanted}, found {found.severity.label}"
    if expected.message not in found.message:
        return f"message of {wanted}: expected {expected.message!r} in {found.message!r}"
    return ""


def _place(case: Case, path: str, cell: int, line: int) -> str:
    source = {file.path: file for file in case.files}.get(path)
    texts = {(at, number): text for at, number, text in _lines(source)} if source else {}
    where = f"{path}, cell {cell}, line {line}" if cell >= 0 else f"{path}:{line}"
    return f"  {where}: {texts.get((cell, line), '').strip()}"


def ignored(case: Case) -> Case:
    """The case with an ignore comment above every line on which something is reported."""
    rules_at: dict[tuple[str, int], list[str]] = {}
    for expected in expectations(case):
        if expected.keyword != "todo-error":
            rules_at.setdefault((expected.path, expected.line), []).append(expected.rule)
    files = []
    for file in case.files:
        lines = []
        for number, line in enumerate(file.text.splitlines(keepends=True), 1):
            if rules := rules_at.get((file.path, number)):
                indentation = line[: len(line) - len(line.lstrip())]
                lines.append(f"{indentation}# prodlint: ignore[{', '.join(sorted(set(rules)))}]\n")
            lines.append(line)
        files.append(replace(file, text="".join(lines)) if file.path.endswith(".py") else file)
    return replace(case, files=tuple(files))


def expected_calls(case: Case) -> dict[tuple[str, int], dict[str, str]]:
    """What the `# calls:` comments of a case say: settings as written, by path and 1-based line."""
    calls: dict[tuple[str, int], dict[str, str]] = {}
    for file in case.files:
        for _, number, line in _lines(file):
            if match := _CALLS.search(line):
                pairs = (setting.split("=", 1) for setting in match["settings"].split())
                calls[file.path, number] = {name: value for name, value in pairs}
    return calls


def call_differences(case: Case, calls: Iterable[ModelCall]) -> list[str]:
    """Where the resolved settings differ from the `# calls:` comments; every request needs such a comment."""
    found = {(call.location.path, call.location.line): call for call in calls}
    problems = []
    expected = expected_calls(case)
    for (path, line), settings in sorted(expected.items()):
        call = found.get((path, line))
        place = _place(case, path, -1, line)
        if call is None:
            problems.append(f"{place}\n      no request found here")
            continue
        for name, wanted in settings.items():
            if name == "entry":
                if call.entry_kind != wanted:
                    problems.append(f"{place}\n      entry: expected {wanted}, found {call.entry_kind or 'none'}")
                continue
            setting = call.settings.get(name)
            if not any(setting_matches(setting, one) for one in wanted.split("|")):
                problems.append(f"{place}\n      {name}: expected {wanted}, found {describe(setting)}")
    for path, line in sorted(found.keys() - expected.keys()):
        problems.append(f"{_place(case, path, -1, line)}\n      unexpected request {found[path, line].operation}")
    return problems


def setting_matches(setting: Setting | None, wanted: str) -> bool:
    """True when a setting is in the state, or has the value, that a word of a `# calls:` comment names."""
    if setting is None or wanted == "absent":
        return setting is None and wanted == "absent"
    state = setting.state.value
    if wanted in {"default", "unknown"}:
        return state == wanted
    if state != "set" or not setting.constant:
        return state == "set" and wanted == "set"
    match setting.value:
        case None:
            return wanted == "none"
        case bool() as value:
            return wanted == str(value).lower()
        case int() | float() as value:
            return re.fullmatch(r"-?[0-9.]+", wanted) is not None and abs(value - float(wanted)) < 1e-6
        case value:
            return wanted == value


def describe(setting: Setting | None) -> str:
    """A setting in the words of a `# calls:` comment, with the reason."""
    if setting is None:
        return "absent"
    if setting.state.value != "set":
        return f"{setting.state.value} ({setting.why})"
    if not setting.constant:
        return f"set ({setting.why})"
    return f"{'none' if setting.value is None else setting.value!r} ({setting.why})"
