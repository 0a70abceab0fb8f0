"""The configuration: what is found, what it means, and how a mistake in it is told."""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from command_line import findings, prodlint
from prodlint import __version__
from prodlint.api import Defaults, Profile, Severity
from prodlint.config import (
    DEFAULT_EXCLUDE,
    Config,
    ConfigError,
    check_rule_names,
    load_config,
    load_config_file,
)
from prodlint.config_keys import KEYS, Json
from prodlint.config_schema import json_schema
from prodlint.exclusion import Exclusion, rules_ignored_for
from prodlint.selection import known_names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(directory: Path, text: str, name: str = "prodlint.toml") -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def error_of(directory: Path, text: str, name: str = "prodlint.toml") -> ConfigError:
    write(directory, text, name)
    with pytest.raises(ConfigError) as caught:
        load_config(directory)
    return caught.value


def test_without_a_file_the_defaults_hold(project: Path) -> None:
    assert load_config(project) == Config()
    assert Config().exclude == DEFAULT_EXCLUDE
    assert Config().directory is None


def test_every_key_is_read(project: Path) -> None:
    source = write(
        project,
        """
        [tool.other]
        select = ["not-ours"]
        [tool.prodlint]
        select = ["missing-timeout"]
        extend-select = ["hardcoded-model"]
        ignore = ["missing-retries"]
        exclude = ["vendor"]
        extend-exclude = ["gen/*.py"]
        fail-on = "error"
        profile = "strict"
        force-exclude = true
        test-relaxations = false
        [tool.prodlint.per-file-ignores]
        "scripts/**" = ["missing-max-tokens"]
        [tool.prodlint.severity]
        missing-timeout = "note"
        missing-retries = "off"
        [tool.prodlint.defaults]
        timeout = 30
        max-retries = 0
        """,
        "pyproject.toml",
    )
    config = load_config(project / "some.py")
    assert config.source == source
    assert config.directory == project
    assert config.select == ("missing-timeout",)
    assert config.extend_select == ("hardcoded-model",)
    assert config.ignore == ("missing-retries",)
    assert (config.exclude, config.extend_exclude) == (("vendor",), ("gen/*.py",))
    assert config.fail_on is Severity.ERROR
    assert config.profile is Profile.STRICT
    assert config.force_exclude
    assert not config.test_relaxations
    assert config.per_file_ignores == {"scripts/**": ("missing-max-tokens",)}
    assert config.severity == {"missing-timeout": Severity.NOTE, "missing-retries": None}
    assert (config.defaults.timeout, config.defaults.max_tokens, config.defaults.max_retries) == (30.0, 1024, 0)
    assert config.defaults.configured == {"timeout", "max_retries"}
    assert config.origins["fail-on"] == (source,)


def test_a_configuration_travels_to_worker_processes(project: Path) -> None:
    write(project, 'severity = { x = "off" }')
    config = load_config(project)
    assert pickle.loads(pickle.dumps(config)) == config


def test_own_files_beat_pyproject_and_a_pyproject_without_our_table_is_passed_over(project: Path) -> None:
    write(project, 'profile = "audit"')
    write(project / "a", "[tool.ruff]\nselect = ['prodlint']\n", "pyproject.toml")
    assert load_config(project / "a").profile is Profile.AUDIT
    write(project / "a", "[tool.prodlint]\nprofile = 'strict'\n", "pyproject.toml")
    assert load_config(project / "a").profile is Profile.STRICT
    write(project / "a", "profile = 'regular'")
    assert load_config(project / "a").profile is Profile.REGULAR
    write(project / "a", "profile = 'audit'", ".prodlint.toml")
    assert load_config(project / "a").profile is Profile.AUDIT


def test_another_tools_broken_pyproject_is_none_of_our_business(project: Path) -> None:
    write(project, "[tool.black\n", "pyproject.toml")
    assert load_config(project) == Config()


def test_the_search_ends_at_the_repository(tmp_path: Path) -> None:
    write(tmp_path, 'profile = "audit"')
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    assert load_config(tmp_path / "repo").source is None


def test_isolated_reads_nothing_and_a_named_file_is_read(project: Path) -> None:
    write(project, 'profile = "audit"')
    other = write(project, 'profile = "strict"', "other.toml")
    assert load_config(project, isolated=True) == Config()
    assert load_config(project, file=other).profile is Profile.STRICT
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        load_config(project, file=project / "absent.toml")
    pyproject = write(project, "[project]\nname = 'x'\n", "pyproject.toml")
    with pytest.raises(ConfigError, match=r"there is no \[tool\.prodlint\] table"):
        load_config_file(pyproject)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('\nselct = ["x"]', 2, "unknown key `selct`, did you mean `select`?"),
        ("[tool.prodlint]\n", 1, "the keys stand at the top"),
        ('select = "x"', 1, "`select` must be a list of strings, not a string"),
        ("ignore = [1]", 1, "`ignore` must be a list of strings, not a list with other things in it"),
        ("force-exclude = 1", 1, "`force-exclude` must be true or false, not a number"),
        ("\n\nfail-on = 'eror'", 3, "must be one of note, warning, error; not `eror`, did you mean `error`?"),
        ("profile = 2020-01-01", 1, "not a date or time"),
        ("[severity]\na = 'note'\nb = 'fatal'", 3, "`severity.b` must be one of note, warning, error, off"),
        ("severity = 'note'", 1, "`severity` must be a table, not a string"),
        ("[defaults]\ntimeout = '60'", 2, "`defaults.timeout` must be a number of seconds"),
        ("[defaults]\ntimeout = 0", 2, "`defaults.timeout` must be more than 0 and finite"),
        ("[defaults]\ntimeout = nan", 2, "must be more than 0 and finite"),
        ("[defaults]\ntimeout = true", 2, "must be a number of seconds"),
        ("[defaults]\nmax-tokens = 1.5", 2, "must be a whole number"),
        ("[defaults]\nmax-retries = -1", 2, "must be at least 0"),
        ("[defaults]\nmax_retries = 1", 2, "did you mean `max-retries`?"),
        ("[per-file-ignores]\n'a' = ['x']\n'b' = 'x'", 3, "`per-file-ignores.b` must be a list of strings"),
        ("a = \n", 1, "is not TOML"),
        ("a = 1\na = 2\n", 2, "is not TOML"),
        ("a = [", 1, "is not TOML"),
        ("extend = 'absent.toml'", 1, "`extend` names a file that does not exist: absent.toml"),
        ("extend = 'prodlint.toml'", 1, "`extend` goes in a circle"),
    ],
)
def test_a_mistake_is_named_with_its_line(project: Path, text: str, line: int, reason: str) -> None:
    error = error_of(project, text)
    assert reason in str(error)
    assert error.line == line
    assert error.path == project / "prodlint.toml"


def test_lines_are_those_of_our_table(project: Path) -> None:
    text = "[tool.a]\nfail-on = 'x'\n[tool.prodlint]\n# fail-on\nfail-on = 'x'\n[tool.z]\nfail-on = 'x'\n"
    assert error_of(project, text, "pyproject.toml").line == 5


def test_other_files_than_utf8_are_refused_and_a_byte_order_mark_is_not(project: Path) -> None:
    (project / "prodlint.toml").write_bytes(b"\xef\xbb\xbfprofile = 'strict'\r\n")
    assert load_config(project).profile is Profile.STRICT
    (project / "prodlint.toml").write_bytes(b"# \xff\n")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_config(project)


def test_extend_adds_up_tables_and_extending_lists_and_replaces_the_rest(project: Path) -> None:
    shared = """
    select = ["a"]
    extend-select = ["b"]
    extend-exclude = ["one"]
    profile = "strict"
    severity = { a = "note", b = "error" }
    defaults = { timeout = 10, max-tokens = 5 }
    """
    write(project / "shared", shared, "base.toml")
    write(project / "shared", "extend = 'base.toml'\n", "middle.toml")
    own = """
    extend = "../shared/middle.toml"
    select = ["c"]
    extend-select = ["d"]
    extend-exclude = ["two"]
    severity = { b = "off" }
    defaults = { timeout = 20 }
    """
    write(project / "app", own)
    config = load_config(project / "app")
    assert config.select == ("c",)
    assert config.extend_select == ("b", "d")
    assert config.extend_exclude == ("one", "two")
    assert config.profile is Profile.STRICT
    assert config.severity == {"a": Severity.NOTE, "b": None}
    assert (config.defaults.timeout, config.defaults.max_tokens) == (20.0, 5)
    assert config.defaults.configured == {"timeout", "max_tokens"}
    assert config.directory == project / "app"
    assert config.origins["profile"] == (project / "shared" / "base.toml",)


def test_a_circle_names_its_files(project: Path) -> None:
    write(project, "extend = 'b.toml'")
    write(project, "\nextend = 'prodlint.toml'", "b.toml")
    with pytest.raises(ConfigError, match="goes in a circle") as caught:
        load_config(project)
    assert caught.value.path == project / "b.toml"
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("select = [\n  'missing-timeout',\n  'mising-timeout',\n]", 3, "select"),
        ("ignore = ['mising-timeout']", 1, "ignore"),
        ("extend-select = ['mising-timeout']", 1, "extend-select"),
        ("[severity]\nmising-timeout = 'off'", 2, "severity"),
        ("[per-file-ignores]\n'x' = ['missing-timeout']\n'y' = ['mising-timeout']", 3, "per-file-ignores"),
    ],
)
def test_an_unknown_rule_is_named_with_the_nearest_one(project: Path, text: str, line: int, key: str) -> None:
    write(project, text)
    config = load_config(project)
    with pytest.raises(ConfigError) as caught:
        check_rule_names(config, {"missing-timeout", "missing-retries"})
    expected = f"unknown rule `mising-timeout` in `{key}`, did you mean `missing-timeout`?"
    assert caught.value.reason == expected
    assert caught.value.line == line
    check_rule_names(config, {"missing-timeout", "mising-timeout"})


def test_per_file_ignores_follow_gitignore_patterns(project: Path) -> None:
    write(project, "[per-file-ignores]\n'scripts/' = ['a']\n'*_dev.py' = ['b']\n")
    config = load_config(project)
    assert rules_ignored_for(config, "scripts/x/y_dev.py", str(project)) == {"a", "b"}
    assert rules_ignored_for(config, "app/scripts.py", str(project)) == frozenset()


def test_two_slashes_extend_the_configuration_of_the_repository(project: Path) -> None:
    write(project, "[tool.prodlint]\nprofile = 'strict'\nfail-on = 'error'\n", "pyproject.toml")
    own = write(project / "services" / "a", "extend = '//'\nfail-on = 'note'\n")
    config = load_config(project / "services" / "a" / "x.py")
    assert (config.profile, config.fail_on) == (Profile.STRICT, Severity.NOTE)
    assert config.files == (own, project / "pyproject.toml")
    assert "goes in a circle" in str(error_of(project, "extend = '//'"))


def test_two_slashes_need_a_repository_with_a_configuration(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "holds no configuration" in str(error_of(project / "a", "\nextend = '//'"))
    loose = tmp_path_factory.mktemp("loose")
    error = error_of(loose, "\nextend = '//'")
    assert "there is no git work tree" in str(error)
    assert error.line == 2


def test_a_pattern_with_a_slash_counts_from_the_file_that_holds_it(project: Path) -> None:
    text = "[per-file-ignores]\n'a/tools/*.py' = ['x']\n'*_dev.py' = ['y']\n'**/gen/*.py' = ['z']\n"
    write(project, text)
    write(project / "a", "extend = '//'\n[per-file-ignores]\n'tools/*.py' = ['w']\n")
    config = load_config(project / "a")
    root = str(project)
    assert rules_ignored_for(config, "a/tools/b.py", root) == {"x", "w"}
    assert rules_ignored_for(config, "tools/b.py", root) == frozenset()
    assert rules_ignored_for(config, "a/tools/deep/b_dev.py", root) == {"y"}
    assert rules_ignored_for(config, "a/src/gen/b.py", root) == {"z"}
    assert rules_ignored_for(config, "tools/b.py", str(project / "a")) == {"x", "w"}, "wherever the root is"


def test_exclusions_count_from_the_file_that_holds_them(project: Path) -> None:
    write(project, "extend-exclude = ['a/gen/', '!a/gen/keep.py', 'b/c.py']")
    write(project / "a", "extend = '//'\nextend-exclude = ['c.py', 'd/e.py']")
    exclusion = Exclusion(load_config(project / "a"), str(project), str(project / "a"))
    left_out = ("a/gen/x.py", "b/c.py", "a/c.py", "z/c.py", "a/d/e.py")
    assert [path for path in left_out if not exclusion.covers(str(project / path))] == []
    assert not exclusion.covers(str(project / "d" / "e.py"))
    assert not exclusion.covers(str(project / "gen" / "x.py"))


@pytest.mark.parametrize(
    ("required", "holds"),
    [
        (__version__, True),
        (f">={__version__}", True),
        (f"=={__version__},<99", True),
        ("~=0.0", True),
        ("~=9.1", False),
        (">=99", False),
        (f"!={__version__}", False),
        ("<0.0.1", False),
    ],
)
def test_the_version_can_be_asked_for(project: Path, required: str, holds: bool) -> None:
    write(project, f"new-key = 1\nrequired-version = '{required}'\n")
    reason = "unknown key `new-key`" if holds else f"`required-version` is `{required}`, and this is prodlint"
    with pytest.raises(ConfigError) as caught:
        load_config(project)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("tool = 3  # prodlint\n", 1, "`tool` is not a table"),
        ("[tool]\nprodlint = 3\n", 2, "`tool.prodlint` is not a table"),
        ("[[tool.prodlint]]\n", 1, "`tool.prodlint` is not a table"),
    ],
)
def test_a_table_that_is_none_is_an_error(project: Path, text: str, line: int, reason: str) -> None:
    error = error_of(project, text, "pyproject.toml")
    assert reason in str(error)
    assert error.line == line


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("profile = 'regular@99'", "must be `regular` or `regular@1` in this version, not `regular@99`"),
        ("profile = 'regular@'", "must be `regular` or"),
        ("profile = 'regula@1'", "must be one of regular, strict, audit; not `regula@1`, did you mean `regular`?"),
        ("required-version = 'new'", "must be versions like `>=0.2,<1`, not `new`"),
        ("required-version = 1", "`required-version` must be a string"),
        ("required-version = '>=0.1,'", "must be versions like `>=0.2,<1`, not `>=0.1,`"),
        ("required-version = '>=0.1,,<1'", "must be versions like `>=0.2,<1`, not `>=0.1,,<1`"),
        ("sdk = {}", "must be a list of tables: write `[[tool.prodlint.sdk]]`, in prodlint.toml `[[sdk]]`"),
        ("exclude = ['']", "`exclude` holds ``, which matches nothing"),
        ("per-file-ignores = {'# gen' = ['cost']}", "`per-file-ignores` holds `# gen`, which matches nothing"),
        ("baseline = ''", "`baseline` must not be empty"),
        ("require-reason = 'yes'", "must be true or false"),
        ("max-file-size = '1 MB'", "must be a whole number of bytes, at least 1"),
        ('baseline = "a\\u0000b"', "`baseline` must not hold a NUL character"),
        ('extend = "a\\u0000b"', "`extend` must not hold a NUL character"),
        ("exclude = ['gen', '[z-a]']", "`exclude` holds `[z-a]`, which is no gitignore pattern: bad character range"),
        ("extend-exclude = ['!']", "`extend-exclude` holds `!`, which is no gitignore pattern"),
        ("per-file-ignores = {'a\\' = ['cost']}", "`per-file-ignores` holds `a\\`, which is no gitignore pattern"),
    ],
)
def test_mistakes_in_further_keys(project: Path, text: str, reason: str) -> None:
    assert reason in str(error_of(project, text))


def test_a_profile_of_a_version_stays_what_it_is(project: Path) -> None:
    write(project, "profile = 'strict@1'")
    config = load_config(project)
    assert (config.profile, config.profile_version) == (Profile.STRICT, 1)


GOOD = """
select = ["all"]
extend-select = []
ignore = ["cost"]
exclude = ["vendor"]
extend-exclude = ["gen/*.py"]
fail-on = "error"
profile = "strict@1"
force-exclude = true
test-relaxations = false
baseline = "known.json"
require-reason = true
max-file-size = 2000000
required-version = ">=0.0.1"
per-file-ignores = {"scripts/**" = ["missing-max-tokens"]}
severity = {missing-timeout = "note", cost = "off"}
defaults = {timeout = 2.5, max-tokens = 1, max-retries = 0}
extend = "base.toml"
sdk = [{name = "acme", imports = ["acme"]}]
"""
BAD = (
    "selct = []",
    "select = 'x'",
    "select = [1]",
    "fail-on = 'off'",
    "profile = 'regular@0'",
    "profile = 'Regular'",
    "profile = 'regular@99'",
    "required-version = 'new'",
    "required-version = '>=1,'",
    "force-exclude = 1",
    "severity = {a = 'fatal'}",
    "per-file-ignores = {a = 'b'}",
    "defaults = {timeout = 0}",
    "defaults = {max-tokens = 0}",
    "defaults = {max-tokens = 1.5}",
    "defaults = {tokens = 1}",
    "baseline = ''",
    "extend = ['a']",
    "require-reason = 'no'",
    "max-file-size = 0",
    "max-file-size = true",
    "sdk = {name = 'acme', imports = ['acme']}",
    "sdk = ['acme']",
)


def schema(*more: str, with_others: bool = False) -> Json:
    return json_schema({*known_names(), *more}, with_others=with_others)


def test_the_schema_accepts_what_the_program_accepts(project: Path) -> None:
    jsonschema.Draft7Validator.check_schema(schema(with_others=True))
    table = tomllib.loads(GOOD)
    assert set(table) == set(KEYS), "every key is tried"
    jsonschema.validate(table, schema())
    jsonschema.validate(table, schema(with_others=True))
    write(project, "", "base.toml")
    write(project, GOOD)
    assert load_config(project).baseline == project / "known.json"


@pytest.mark.parametrize("text", BAD)
def test_the_schema_refuses_what_the_program_refuses(project: Path, text: str) -> None:
    error_of(project, text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), schema(with_others=True))


NAMES = (
    "select = ['{}']",
    "extend-select = ['{}']",
    "ignore = ['{}']",
    "per-file-ignores = {{'*' = ['{}']}}",
    "severity = {{'{}' = 'note'}}",
)


@pytest.mark.parametrize("line", NAMES)
def test_the_schema_knows_the_names_that_the_program_knows(project: Path, line: str) -> None:
    strict, shipped = (jsonschema.Draft7Validator(schema(with_others=others)) for others in (False, True))
    assert {"all", "cost", "missing-timeout", "unused-suppression"} <= known_names()
    for name in (*sorted(known_names()), "missing-timeut", "ALL", "Cost", "missing_timeout", ""):
        write(project, line.format(name))
        accepted = prodlint(project, "config", "verify").code == 0
        assert accepted == (name in known_names())
        table = tomllib.loads(line.format(name))
        assert strict.is_valid(table) == accepted, name
        assert shipped.is_valid(table) == (accepted or name == "missing-timeut"), name


@pytest.mark.parametrize("line", NAMES)
def test_the_shipped_schema_refuses_no_rule_of_another_pack(line: str) -> None:
    table = tomllib.loads(line.format("acme-9-rules"))
    jsonschema.validate(table, schema(with_others=True))
    jsonschema.validate(table, schema("acme-9-rules"))


def test_the_schema_is_in_the_package() -> None:
    shipped = files("prodlint") / "prodlint.schema.json"
    text = shipped.read_text(encoding="utf-8")
    assert json.loads(text) == schema(with_others=True), "run scripts/generate_docs.py"


def test_the_schema_knows_the_numbers_of_the_program() -> None:
    numbers = KEYS["defaults"].schema["properties"]
    assert isinstance(numbers, dict)
    assert {name.replace("-", "_") for name in numbers} == {item.name for item in fields(Defaults)} - {"configured"}


def test_a_configuration_is_shown_with_where_each_value_comes_from(project: Path) -> None:
    root = write(project, "profile = 'strict'\n[per-file-ignores]\n'*.py' = ['cost']\n")
    own = write(project / "a", "extend = '//'\nseverity = {missing-timeout = 'off'}\n")
    write(project / "a", "", "x.py")
    done = prodlint(project, "config", "show", "a/x.py")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[:2] == [f"# root: {project}", f"# files: {own}, extends {root}"]
    assert f'profile = "strict@1"  # {root}' in lines
    assert f'severity = {{missing-timeout = "off"}}  # {own}' in lines
    assert 'fail-on = "warning"  # default' in lines
    assert lines[-1] == "# left out for a/x.py by per-file-ignores: cost"
    document = json.loads(prodlint(project, "config", "show", "a", "--output-format", "json").out)
    assert set(document["values"]) == set(KEYS) - {"extend"}
    assert document["origins"]["severity"] == [str(own)]
    assert document["excluded"] is False


def test_each_file_that_adds_to_a_value_is_shown_and_so_is_what_is_left_out(project: Path) -> None:
    root = write(project, "extend-exclude = ['a/skip/']\n")
    own = write(project / "a", "extend = '//'\nextend-exclude = ['inner/']\n")
    write(project / "a" / "skip", "", "x.py")
    lines = prodlint(project / "a", "config", "show", "skip/x.py").out.splitlines()
    assert f'extend-exclude = ["a/skip/", "inner/"]  # {own}, {root}' in lines
    assert "# skip/x.py is left out of a run over the project, by `exclude` or `extend-exclude`" in lines
    assert f"# files: {root}" in prodlint(project / "a", "config", "show", "..").out.splitlines()


def test_declared_sdks_are_shown_as_the_tables_they_are(project: Path) -> None:
    write(project, "[[sdk]]\nname = 'acme'\nimports = ['acme']\n[[sdk.client]]\nnames = ['acme.Client']\n")
    table = {"name": "acme", "imports": ["acme"], "client": [{"names": ["acme.Client"]}]}
    document = json.loads(prodlint(project, "config", "show", "--output-format", "json").out)
    assert document["values"]["sdk"] == [table]
    shown = next(line for line in prodlint(project, "config", "show").out.splitlines() if line.startswith("sdk = "))
    text, _, _ = shown.partition("  # ")
    assert tomllib.loads(text) == {"sdk": [table]}


def test_a_configuration_is_verified(project: Path) -> None:
    assert prodlint(project, "config", "verify").out == "no configuration file: no mistake found\n"
    write(project, "ignore = ['mising-timeout']\n")
    done = prodlint(project, "config", "verify")
    assert (done.code, done.out) == (2, "")
    assert "prodlint.toml:1: unknown rule `mising-timeout` in `ignore`, did you mean `missing-timeout`?" in done.err
    write(project, "ignore = ['missing-timeout', 'suppression', 'expired-suppression']\n")
    assert prodlint(project, "config", "verify").code == 0


def test_the_files_that_are_named_are_verified_each_for_itself(project: Path) -> None:
    write(project, "ignore = ['missing-timeout']\n")
    package = write(project / "package", "ignor = ['missing-timeout']\n")
    other = write(project / "other", "[tool.prodlint]\nselect = ['mising-timeout']\n", "pyproject.toml")
    write(project / "plain", "[project]\nname = 'x'\n", "pyproject.toml")
    names = ("prodlint.toml", "package/prodlint.toml", "other/pyproject.toml", "plain/pyproject.toml")
    done = prodlint(project, "config", "verify", *names)
    assert done.code == 2
    assert f"{package}:1: unknown key `ignor`, did you mean `ignore`?" in done.err
    assert f"{other}:2: unknown rule `mising-timeout` in `select`" in done.err
    assert done.out.splitlines() == [
        f"{project / 'prodlint.toml'}: no mistake found",
        "plain/pyproject.toml: holds no configuration of prodlint",
    ]
    assert prodlint(project, "config", "verify", "prodlint.toml", "plain/pyproject.toml").code == 0


def test_for_a_folder_and_for_a_source_file_the_configuration_in_force_is_verified(project: Path) -> None:
    own = write(project / "package", "fail-on = 'eror'\n")
    write(project / "package", "", "module.py")
    for path in ("package", "package/module.py"):
        done = prodlint(project, "config", "verify", path)
        assert (done.code, done.out) == (2, "")
        assert f"{own}:1: `fail-on` must be one of" in done.err


@pytest.mark.parametrize("command", ["verify", "show"])
def test_a_path_that_does_not_exist_has_no_configuration(project: Path, command: str) -> None:
    done = prodlint(project, "config", command, "nowhere")
    assert (done.code, done.out) == (2, "")
    assert "no such file or directory: nowhere" in done.err


def test_a_baseline_that_does_not_exist_is_a_mistake_of_the_configuration(project: Path) -> None:
    base = write(project, "profile = 'strict'\nbaseline = 'known.json'\n", "shared.toml")
    write(project, "extend = 'shared.toml'\n")
    done = prodlint(project, "config", "verify")
    assert (done.code, done.out) == (2, "")
    missing = f"{base}:2: `baseline` names a file that does not exist: {project / 'known.json'}"
    assert f"{missing}; `prodlint baseline create` makes it" in done.err
    assert prodlint(project, "baseline", "create").code == 0
    assert prodlint(project, "config", "verify").code == 0


def test_the_schema_is_printed(project: Path) -> None:
    assert json.loads(prodlint(project, "config", "schema").out) == schema()


@pytest.mark.parametrize(
    "text",
    [
        "ignore = ['missing-timeout', 'unused-suppression']",
        "severity = {missing-timeout = 'off', unused-suppression = 'off'}",
    ],
)
def test_the_command_line_asks_for_rules_that_the_file_switches_off(project: Path, text: str) -> None:
    client = "c = OpenAI(max_retries=3)  # prodlint: ignore[missing-retries] why\nc.embeddings.create(input=[])\n"
    write(project, f"from openai import OpenAI\n{client}", "a.py")
    names = ["missing-timeout", "unused-suppression"]
    assert [item["rule"] for item in findings(project)] == names
    write(project, text)
    assert findings(project) == []
    for name in names:
        assert [item["rule"] for item in findings(project, f"--extend-select={name}")] == [name]
    assert [item["rule"] for item in findings(project, "--select=all,unused-suppression")] == names[1:]
    assert findings(project, "--extend-select=missing-timeout", "--ignore=missing-timeout") == []
