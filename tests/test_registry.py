from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from prodlint.api import Client, Defaults, Location, ModelCall, Profile, Project, Report, Rule, RuleContext, Severity
from prodlint.api import Context as ProgramContext
from prodlint.findings import Failure
from prodlint.registry import (
    GROUP,
    LoadedRule,
    Pack,
    RegistryError,
    UnknownRuleError,
    installed_packs,
    load_pack,
    load_rules,
    merge_rules,
    rule_info,
    run_rules,
    select_rules,
)

SILENT = '''
"""A page."""
from prodlint.api import ModelCall, Rule, Severity


def check(call, context):
    yield from ()


RULE = Rule(on=ModelCall, check=check, severity=Severity.WARNING, summary="Silent")
'''

_numbers = count()
MakePack = Callable[[dict[str, str]], Pack]


@pytest.fixture
def make_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakePack:
    """Writes a package with the given files, under a name that no other test has imported."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(files: dict[str, str]) -> Pack:
        package = f"pack_of_test_{next(_numbers)}"
        for name, text in {"__init__.py": "", **files}.items():
            path = tmp_path / package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Pack(name=f"the-{package}", package=package)

    return make


def distribution(folder: Path, name: str, entry_points: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(textwrap.dedent(entry_points), encoding="utf-8")


# Loading


def test_name_category_and_page_come_from_the_module(make_pack: MakePack) -> None:
    pack = make_pack({"some_category/missing_thing.py": SILENT, "cost/b.py": SILENT, "cost/a.py": SILENT})
    found = load_pack(pack)
    assert [(rule.category, rule.name) for rule in found] == [
        ("cost", "a"),
        ("cost", "b"),
        ("some-category", "missing-thing"),
    ]
    assert found[2].page == "A page."
    assert found[2].pack == pack.name
    assert found[2].module == f"{pack.package}.some_category.missing_thing"


def test_private_modules_and_folders_are_no_rules(make_pack: MakePack) -> None:
    pack = make_pack({"cost/a.py": SILENT, "_shared.py": "1 / 0", "_data/b.py": "1 / 0", "cost/_c.py": "1 / 0"})
    assert [rule.name for rule in load_pack(pack)] == ["a"]


@pytest.mark.parametrize(
    ("files", "module", "fault", "remedy"),
    [
        ({"cost/a.py": '"""Page."""'}, ".cost.a", "it has no `RULE`", "underscore"),
        ({"cost/a.py": '"""Page."""\nRULE = 3'}, ".cost.a", "its `RULE` is of type `int`", "make it a `Rule(...)`"),
        ({"cost/a.py": SILENT.replace("on=ModelCall", "on=int")}, ".cost.a", "its `RULE.on` is", "`AsyncBlock`"),
        ({"cost/a.py": SILENT.replace('"""A page."""', "")}, ".cost.a", "it has no docstring", "the rule's page"),
        ({"cost/a.py": "import not_there_at_all"}, ".cost.a", "ModuleNotFoundError", "uninstall it"),
        ({"cost/a.py": "def ("}, ".cost.a", "SyntaxError", "uninstall it"),
        ({"cost/a.py": "raise SystemExit(0)"}, ".cost.a", "SystemExit", "uninstall it"),
        ({"a.py": SILENT}, ".a", "in the folder of a category", "<category>/<rule_name>.py"),
        ({"cost/deeper/a.py": SILENT}, ".cost.deeper.a", "in the folder of a category", "<category>/<rule_name>.py"),
        ({"cost/CamelCase.py": SILENT}, ".cost.CamelCase", "lower-case", "<category>/<rule_name>.py"),
        ({"__init__.py": "1 / 0"}, "", "ZeroDivisionError", "uninstall it"),
        ({}, "", "it holds no rule", "reinstall"),
    ],
)
def test_a_broken_pack_is_an_error_with_a_remedy(
    make_pack: MakePack, files: dict[str, str], module: str, fault: str, remedy: str
) -> None:
    pack = make_pack(files)
    with pytest.raises(RegistryError) as error:
        load_pack(pack)
    assert str(error.value).startswith(f"rule pack `{pack.name}`, module `{pack.package}{module}`: ")
    assert fault in str(error.value)
    assert remedy in str(error.value)


def test_a_module_is_no_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "single_module_pack.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RegistryError, match="no package on disk"):
        load_pack(Pack(name="x", package="single_module_pack"))


def test_a_pack_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RegistryError, match="ModuleNotFoundError"):
        load_pack(Pack(name="x", package="pack_that_is_not_there"))


def test_two_packs_with_one_name_are_both_named(make_pack: MakePack) -> None:
    packs = [make_pack({"cost/a.py": SILENT}) for _ in range(2)]
    with pytest.raises(RegistryError) as error:
        merge_rules([rule for pack in packs for rule in load_pack(pack)])
    assert all(pack.name in str(error.value) and f"{pack.package}.cost.a" in str(error.value) for pack in packs)


@pytest.mark.parametrize("file", ["other/cost.py", "cost/all.py"])
def test_a_rule_may_not_be_named_like_a_group(make_pack: MakePack, file: str) -> None:
    pack = make_pack({"cost/a.py": SILENT, file: SILENT})
    with pytest.raises(RegistryError, match="also stands for a group of rules"):
        merge_rules(load_pack(pack))


def test_merged_rules_are_sorted_by_name(make_pack: MakePack) -> None:
    packs = [make_pack({"z/b.py": SILENT, "z/d.py": SILENT}), make_pack({"y/c.py": SILENT, "y/a.py": SILENT})]
    merged = merge_rules([rule for pack in packs for rule in load_pack(pack)])
    assert [rule.name for rule in merged] == ["a", "b", "c", "d"]


# Finding


def test_packs_are_found_as_the_standard_library_finds_them(tmp_path: Path) -> None:
    distribution(tmp_path / "one", "Acme.Rules", "[console_scripts]\nx = y:z\n\n[prodlint.rules]\nacme = acme_rules\n")
    distribution(tmp_path / "one", "other", "[prodlint.rules]\n# a remark\nb = b_rules.inner [extra]\na=a_rules\n")
    distribution(tmp_path / "one", "unrelated", "[prodlint.rulesets]\nno = no\n")
    distribution(tmp_path / "two", "acme_rules", "[prodlint.rules]\nshadowed = shadowed\n")
    path = [str(tmp_path / "one"), str(tmp_path / "missing"), str(tmp_path / "two"), *filter(None, sys.path)]
    expected = {
        entry.name: entry.module
        for found in importlib.metadata.distributions(path=path)
        for entry in found.entry_points
        if entry.group == GROUP
    }
    del expected["shadowed"]
    assert {pack.name: pack.package for pack in installed_packs(path)} == expected
    assert {"acme": "acme_rules", "a": "a_rules", "b": "b_rules.inner"}.items() <= expected.items()


def test_packs_are_sorted_by_name(tmp_path: Path) -> None:
    distribution(tmp_path, "zeta", "[prodlint.rules]\nalpha = alpha_rules\n")
    distribution(tmp_path, "beta", "[prodlint.rules]\nomega = omega_rules\n")
    assert [pack.name for pack in installed_packs([str(tmp_path)])] == ["alpha", "omega"]


def test_packs_in_a_zip_file_are_found(tmp_path: Path) -> None:
    distribution(tmp_path, "zipped", "[prodlint.rules]\nzipped = zipped_rules\n")
    archive = tmp_path / "libraries.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for file in (tmp_path / "zipped-1.0.dist-info").iterdir():
            target.write(file, f"zipped-1.0.dist-info/{file.name}")
    assert installed_packs([str(archive)]) == (Pack(name="zipped", package="zipped_rules"),)


def test_the_repository_under_analysis_cannot_bring_a_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distribution(tmp_path, "evil", "[prodlint.rules]\nevil = evil_rules\n")
    monkeypatch.chdir(tmp_path)
    assert installed_packs(["", ".", str(tmp_path), os.path.join(str(tmp_path), "")]) == ()


def test_an_entry_point_must_name_a_package(tmp_path: Path) -> None:
    distribution(tmp_path, "odd", "[prodlint.rules]\nodd = odd_rules:RULES\n")
    with pytest.raises(RegistryError, match=r"`odd = odd_rules:RULES` of `odd` does not name a package"):
        installed_packs([str(tmp_path)])


def test_no_pack_at_all_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(RegistryError, match=r"no rule pack is installed.*pip install"):
        load_rules()


def test_every_installed_pack_is_loaded(make_pack: MakePack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packs = [make_pack({"cost/b.py": SILENT}), make_pack({"cost/a.py": SILENT})]
    for pack in packs:
        distribution(tmp_path, pack.package, f"[{GROUP}]\n{pack.name} = {pack.package}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert [rule.name for rule in load_rules()] == ["a", "b"]


def test_loading_the_built_in_rules_imports_nothing_heavy() -> None:
    program = (
        "import sys; from prodlint.registry import Pack, installed_packs, load_pack; installed_packs(sys.path);"
        "load_pack(Pack(name='p', package='prodlint_rules'));"
        "print(sorted({'libcst', 'click', 'importlib.metadata', 'email', 'configparser', 'difflib'} & {*sys.modules}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert result.stdout == "[]\n"


# Choosing


def a_rule(name: str, category: str = "cost", profile: Profile = Profile.REGULAR) -> LoadedRule:
    def check(call: ModelCall, context: RuleContext) -> Iterator[Report]:
        yield from ()

    rule = Rule(on=ModelCall, check=check, severity=Severity.WARNING, summary="Something", profile=profile)
    return LoadedRule(name=name, category=category, page="Page.", pack="p", module=f"p.{category}.{name}", rule=rule)


SOME = (
    a_rule("loud-log", "security", Profile.AUDIT),
    a_rule("long-wait", "latency"),
    a_rule("missing-cap", "cost"),
    a_rule("missing-usage", "cost", Profile.STRICT),
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "long-wait missing-cap"),
        ({"profile": Profile.STRICT}, "long-wait missing-cap missing-usage"),
        ({"profile": Profile.AUDIT}, "long-wait loud-log missing-cap missing-usage"),
        ({"select": ["all"]}, "long-wait missing-cap"),
        ({"select": ["cost"]}, "missing-cap"),
        ({"select": ["cost"], "profile": Profile.STRICT}, "missing-cap missing-usage"),
        ({"select": ["missing-usage"]}, "missing-usage"),
        ({"select": ["missing-usage", "latency"]}, "long-wait missing-usage"),
        ({"extend_select": ["missing-usage"]}, "long-wait missing-cap missing-usage"),
        ({"extend_select": ["cost"]}, "long-wait missing-cap"),
        ({"select": ["latency"], "extend_select": ["loud-log"]}, "long-wait loud-log"),
        ({"ignore": ["missing-cap"]}, "long-wait"),
        ({"select": []}, ""),
        ({"select": [], "extend_select": ["missing-cap"]}, "missing-cap"),
        ({"ignore": ["cost"]}, "long-wait"),
        ({"ignore": ["all"]}, ""),
        ({"select": ["missing-cap"], "ignore": ["missing-cap"]}, ""),
        ({"select": ["cost"], "ignore": ["missing-cap"]}, ""),
        ({"select": ["missing-cap"], "ignore": ["cost"]}, "missing-cap"),
        ({"extend_select": ["missing-cap"], "ignore": ["cost"]}, "long-wait missing-cap"),
        ({"select": ["cost"], "ignore": ["all"]}, "missing-cap"),
        ({"severity": {"cost": None}}, "long-wait"),
        ({"severity": {"cost": None, "missing-cap": Severity.ERROR}}, "long-wait missing-cap"),
        ({"severity": {"cost": Severity.ERROR, "missing-cap": None}}, "long-wait"),
        ({"severity": {"all": None}}, ""),
        ({"severity": {"missing-cap": None}, "select": ["missing-cap"]}, ""),
        ({"severity": {"cost": None}, "select": ["missing-cap"]}, "missing-cap"),
        ({"severity": {"missing-cap": Severity.ERROR}, "ignore": ["missing-cap"]}, "long-wait"),
    ],
)
def test_which_rules_run(options: dict[str, object], expected: str) -> None:
    assert " ".join(rule.name for rule in select_rules(SOME, **options)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("option", ["select", "ignore", "extend_select", "severity"])
@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("mising-cap", "missing-cap"), ("missing_cap", "missing-cap"), ("COST", "cost"), ("zzz", ""), ("", "")],
)
def test_an_unknown_name_is_an_error_with_the_nearest_known_one(option: str, name: str, suggestion: str) -> None:
    value = {name: Severity.NOTE} if option == "severity" else [name]
    with pytest.raises(UnknownRuleError) as error:
        select_rules(SOME, **{option: value})  # type: ignore[arg-type]
    assert (error.value.name, error.value.suggestion) == (name, suggestion)
    assert f"unknown rule or category `{name}`" in str(error.value)


def test_names_of_others_mean_no_rule_but_are_suggested() -> None:
    assert select_rules(SOME, select=["unused-comment"], others={"unused-comment"}) == ()
    with pytest.raises(UnknownRuleError) as error:
        select_rules(SOME, select=["unusd-comment"], others={"unused-comment"})
    assert error.value.suggestion == "unused-comment"


def test_a_profile_of_a_version_has_no_later_rule() -> None:
    later = [replace(loaded, rule=replace(loaded.rule, profile_since=2)) for loaded in SOME[:1]]
    rules = [*later, *SOME[1:]]
    everything = {rule.name for rule in select_rules(rules, profile=Profile.AUDIT, version=2)}
    assert everything == {rule.name for rule in rules}
    first = {rule.name for rule in select_rules(rules, profile=Profile.AUDIT, version=1)}
    assert first == {rule.name for rule in SOME[1:]}
    assert {rule.name for rule in select_rules(rules, select=[SOME[0].name], version=1)} == {SOME[0].name}


def test_configured_severities_apply_to_what_they_name_most_exactly() -> None:
    severity = {"all": Severity.NOTE, "cost": Severity.ERROR, "missing-usage": Severity.WARNING}
    chosen = select_rules(SOME, profile=Profile.AUDIT, severity=severity)
    assert {rule.name: rule.severity for rule in chosen} == {
        "long-wait": Severity.NOTE,
        "loud-log": Severity.NOTE,
        "missing-cap": Severity.ERROR,
        "missing-usage": Severity.WARNING,
    }
    assert {rule_info(rule).severity for rule in chosen if rule.category == "cost"} == {
        Severity.ERROR,
        Severity.WARNING,
    }


def test_rule_info_says_what_the_reports_need() -> None:
    info = rule_info(SOME[3])
    assert (info.name, info.category, info.severity, info.profile, info.page) == (
        "missing-usage",
        "cost",
        Severity.WARNING,
        "strict",
        "Page.",
    )


# Running


def a_call(line: int) -> ModelCall:
    return ModelCall(
        location=Location(path="app.py", line=line, column=1, end_line=line, end_column=9),
        sdk="someai",
        sdk_version="1",
        operation="create",
        kind="generate",
        is_async=False,
        symbol="f",
        settings={},
        spelling={},
        context=ProgramContext.SERVER,
    )


PROJECT = Project(calls=tuple(a_call(line) for line in (1, 2, 3)))
CONTEXT = RuleContext(project=PROJECT, defaults=Defaults())


def with_check(name: str, check: Callable[[ModelCall, RuleContext], Iterator[Report]]) -> LoadedRule:
    rule = Rule(on=ModelCall, check=check, severity=Severity.WARNING, summary="Something")
    return LoadedRule(name=name, category="cost", page="Page.", pack="acme", module=f"acme.cost.{name}", rule=rule)


def speak(call: ModelCall, context: RuleContext) -> Iterator[Report]:
    yield Report(location=call.location, message=f"line {call.location.line}", help="")


def speak_then_fail(call: ModelCall, context: RuleContext) -> Iterator[Report]:
    yield from speak(call, context)
    if call.location.line > 1:
        raise ValueError(f"bad line {call.location.line}")


def outcome(*rules: LoadedRule) -> list[tuple[str, str]]:
    return [(rule.name, each.message) for rule, each in run_rules(PROJECT, rules, CONTEXT)]


def test_rules_run_by_name_and_subjects_in_their_order() -> None:
    assert outcome(with_check("b", speak), with_check("a", speak)) == [
        (name, f"line {line}") for name in "ab" for line in (1, 2, 3)
    ]


def test_a_rule_sees_its_own_kind_of_subject_alone() -> None:
    def check(client: Client, context: RuleContext) -> Iterator[Report]:
        yield Report(location=client.location, message="there is no client", help="")

    rule = Rule(on=Client, check=check, severity=Severity.WARNING, summary="Something")
    loaded = LoadedRule(name="a", category="cost", page="Page.", pack="p", module="p.cost.a", rule=rule)
    assert outcome(loaded) == []


def test_a_rule_that_raises_is_one_failure_and_hides_nothing() -> None:
    found = list(run_rules(PROJECT, [with_check("a", speak_then_fail), with_check("b", speak)], CONTEXT))
    assert [each.message for _, each in found if isinstance(each, Report)] == ["line 1", "line 2", "line 3"] * 2
    (failure,) = (each for _, each in found if isinstance(each, Failure))
    assert (failure.path, failure.line) == ("app.py", 2)
    assert failure.message.startswith("rule `a` of pack `acme` raised ValueError: bad line 2 (")
    assert failure.message.endswith(") (and on 1 more subject)")
    assert __file__ not in failure.message


@pytest.mark.parametrize("answer", [None, [1], ["text"]])
def test_an_answer_that_is_no_report_is_a_failure(answer: object) -> None:
    def check(call: ModelCall, context: RuleContext) -> Iterator[Report]:
        return answer  # type: ignore[return-value]

    ((_, failure),) = run_rules(PROJECT, [with_check("a", check)], CONTEXT)
    assert isinstance(failure, Failure)
    assert "raised TypeError" in failure.message


def test_an_error_of_the_consumer_is_not_blamed_on_the_rule() -> None:
    found = run_rules(PROJECT, [with_check("a", speak)], CONTEXT)
    next(found)
    with pytest.raises(KeyError):
        found.throw(KeyError("of the consumer"))  # type: ignore[attr-defined]
