"""Each kind of project file, as its tool writes it, and the ranges that are not PEP 440's."""

from __future__ import annotations

import pytest

from prodlint.versions import manifests
from prodlint.versions.ranges import exact, from_conda, from_poetry, holds, is_range, newest, newest_named

FILES = {
    "uv.lock": """
        version = 1
        requires-python = ">=3.12"

        [[package]]
        name = "openai"
        version = "1.40.0"
        source = { registry = "https://pypi.org/simple" }
        dependencies = [
            { name = "httpx", version = "9.9.9" },
        ]

        [[package]]
        name = "service"
        source = { virtual = "." }

        [package.metadata]
        requires-dist = [{ name = "openai", specifier = ">=1" }]
        """,
    "poetry.lock": """
        [[package]]
        name = "openai"
        version = "1.40.0"
        description = "The client"
        optional = false

        [package.dependencies]
        anyio = ">=3.5.0,<5"

        [metadata]
        lock-version = "2.1"
        """,
    "pdm.lock": """
        [[package]]
        name = "openai"
        version = "1.40.0"
        requires_python = ">=3.8"
        """,
    "pylock.toml": """
        lock-version = "1.0"
        [[packages]]
        name = "openai"
        version = "1.40.0"
        """,
    "Pipfile.lock": '{"default": {"openai": {"version": "==1.40.0"}}, "develop": {"editable": {"path": "."}}}',
    "requirements.txt": """
        # the client
        -i https://pypi.org/simple
        OpenAI[datalib] == 1.40.0 ; python_version > "3.8" \\
            --hash=sha256:0
        """,
    "requirements-dev.in": "openai==1.40.0  # pinned\n",
    "constraints.txt": "openai==1.40.0",
    "pyproject.toml": """
        [project]
        dependencies = ["openai==1.40.0"]
        """,
    "setup.cfg": """
        [options]
        install_requires =
            openai==1.40.0
            requests
        """,
    "Pipfile": """
        [packages]
        openai = "==1.40.0"
        """,
    "environment.yml": """
        name: service
        dependencies:
          - python=3.12
          - conda-forge::openai==1.40.0
          - pip:
            - "requests>=2"
        """,
    "METADATA": """
        Metadata-Version: 2.4
        Name: service
        Version: 9.9.9
        Requires-Dist: openai (==1.40.0) ; extra == 'ai'

        Requires-Dist: httpx
        """,
    "PKG-INFO": "Metadata-Version: 2.4\r\nName: OpenAI\r\nVersion: 1.40.0\r\n\r\nName: httpx\r\nVersion: 1\r\n",
    "manifest.json": '{"domain": "assistant", "requirements": ["openai==1.40.0"], "version": "1.0"}',
}


def dedented(text: str) -> str:
    from textwrap import dedent

    return dedent(text).lstrip("\n")


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_names_the_version(name: str) -> None:
    assert manifests.is_manifest(name)
    found = dict(manifests.read(name, dedented(FILES[name])))
    assert exact(found["openai"]) == "1.40.0"
    assert "httpx" not in found


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "text", ["", "[[package]\n", "{", "[project]\ndependencies = 3", "[options\n", "[[package]]\n", '["x"]']
)
def test_a_file_that_cannot_be_read_says_nothing(name: str, text: str) -> None:
    assert "openai" not in dict(manifests.read(name, text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", 'project = 3\n[tool.poetry.dependencies]\nopenai = "1.40.0"\n'),
        ("pyproject.toml", '[project]\ndependencies = [3, "openai==1.40.0"]\n[tool]\nuv = 3\npoetry = ["x"]\n'),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["openai==1.40.0"]\n[project.optional-dependencies]\na = "groq"\n',
        ),
        ("Pipfile", '[packages]\nodd = 3\nworse = []\nopenai = "==1.40.0"\n[dev-packages]\nx = {version = 3}\n'),
        ("Pipfile.lock", '{"default": {"odd": 3, "worse": {"version": 3}, "openai": {"version": "==1.40.0"}}}'),
        ("Pipfile.lock", '{"develop": [], "default": {"openai": {"version": "==1.40.0"}}}'),
        ("manifest.json", '{"requirements": [3, null, "openai==1.40.0"]}'),
        (
            "setup.cfg",
            "[options]\nzip_safe = 1\nzip_safe = 1\ninstall_requires =\n  openai==1.40.0\n[options]\na = b\n",
        ),
        ("setup.cfg", "[options]\ninstall_requires =\n  openai==1.40.0\n[metadata]\nthis is no option\n"),
    ],
)
def test_an_odd_entry_hides_no_other(name: str, text: str) -> None:
    assert exact(dict(manifests.read(name, text))["openai"]) == "1.40.0"


@pytest.mark.parametrize(
    ("lines", "specifiers"),
    [
        (["openai==0.28.1; python_version < '3.8'", "openai==1.40.0; python_version >= '3.8'"], ["", ""]),
        (["openai==1.40.0; sys_platform == 'win32'", "openai==1.41.0"], ["", ""]),
        (["openai==1.40.0; sys_platform == 'win32'", "openai==1.40.0"], ["==1.40.0", "==1.40.0"]),
        (["openai==1.40.0 ; python_version >= '3.9' --hash=sha256:0"], ["==1.40.0"]),
        (["openai==1.40.0", "openai>=1"], ["==1.40.0", ">=1"]),
        (["openai==1.40.0  # not ; this", "openai>=1"], ["==1.40.0", ">=1"]),
    ],
)
def test_lines_that_differ_by_markers_say_no_version(lines: list[str], specifiers: list[str]) -> None:
    found = manifests.read("requirements.txt", "\n".join([*lines, "groq==1.0"]))
    assert found == (*(("openai", specifier) for specifier in specifiers), ("groq", "==1.0"))


def test_groups_and_extras_of_a_pyproject_count() -> None:
    text = """
        [project.optional-dependencies]
        a = ["groq>=0.9"]
        [dependency-groups]
        b = ["cohere>=5", {include-group = "c"}]
        c = ["together~=2.1"]
        [tool.uv]
        dev-dependencies = ["ollama>=0.4"]
        [tool.poetry.dependencies]
        python = "^3.11"
        openai = {version = "^1.40", extras = ["datalib"]}
        mistralai = [{version = "~1.2", python = "<3.12"}, {version = "^2.0.3", python = ">=3.12"}]
        local = {path = "../local"}
        [tool.poetry.group.dev.dependencies]
        litellm = "*"
        """
    assert dict(manifests.read("pyproject.toml", dedented(text))) == {
        "groq": ">=0.9",
        "cohere": ">=5",
        "together": "~=2.1",
        "ollama": ">=0.4",
        "python": ">=3.11,<4",
        "openai": ">=1.40,<2",
        "mistralai": ">=2.0.3,<3",
        "local": "",
        "litellm": "",
    }


def test_of_several_locked_versions_the_newest_counts() -> None:
    text = '[[package]]\nname = "openai"\nversion = "1.0"\n[[package]]\nname = "openai"\nversion = "2.0"\n'
    assert manifests.read("uv.lock", text)[0] == ("openai", "==2.0")


def test_includes_are_found_in_every_spelling() -> None:
    text = "-r base.txt\n-cconstraints.txt\n--requirement=a.txt\n--constraint b.txt\nopenai\n-e .\n"
    assert manifests.includes(text) == ("base.txt", "constraints.txt", "a.txt", "b.txt")


@pytest.mark.parametrize(
    ("poetry", "specifier"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.28", ">=0.28,<0.29"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.2.*", "==1.2.*"),
        ("1.2.3", "==1.2.3"),
        ("*", ""),
        (">=1,<2", ">=1,<2"),
        ("^1.0 || ^2.0", ">=2.0,<3"),
    ],
)
def test_constraints_of_poetry(poetry: str, specifier: str) -> None:
    assert from_poetry(poetry) == specifier
    assert is_range(specifier)


@pytest.mark.parametrize(
    ("conda", "specifier"),
    [("=1.2", "==1.2.*"), ("=1.2.3=py_0", "==1.2.3.*"), ("=1.2.*", "==1.2.*"), (">=1,<2", ">=1,<2"), ("", "")],
)
def test_versions_of_conda(conda: str, specifier: str) -> None:
    assert from_conda(conda) == specifier
    assert is_range(specifier)


def test_ranges_follow_pep_440() -> None:
    assert holds(">=1.0.0b1,<2", "1.0.0b9")
    assert holds("<1", "0.28.1")
    assert not holds(">=1", "what")
    assert not holds("what", "1")
    assert newest(["1.9", "1.10", "2.0"], "<2") == "1.10"
    assert newest(["1.9"], ">=2") == ""
    assert newest_named("~=1.40.2") == "1.40.2"
    assert newest_named(">=1.2,<1.4") == "1.2"
    assert exact("===1.0") == "1.0"
    assert [exact(text) for text in ("==1.*", ">=1", "", "==1,<2", "==main")] == [""] * 5
