"""The arrows go one way, start-up stays light, and the wheel holds what it must."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHECKER = ROOT / "checker"
RULES = ROOT / "rules"


def imports(source_root: Path) -> Iterator[tuple[str, str]]:
    """Each module below a source root with each module it imports, at any depth, also for type checking."""
    for path in sorted(source_root.rglob("*.py")):
        parts = path.relative_to(source_root).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        package = list(parts[:-1])
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((module, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                origin = ".".join([*base, *([node.module] if node.module else [])])
                yield module, origin
                yield from ((module, f"{origin}.{alias.name}") for alias in node.names)


def below(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def offenders(source_root: Path, *packages: str, allowed: tuple[str, ...] = ()) -> set[str]:
    return {
        f"{importer} imports {imported}"
        for importer, imported in imports(source_root)
        if below(imported, *packages) and not below(importer, *allowed)
    }


def test_the_engine_knows_no_rule() -> None:
    assert offenders(CHECKER, "prodlint_rules") == set()


def test_rules_import_the_public_rule_api_and_their_own_pack_only() -> None:
    found = {
        f"{importer} imports {imported}"
        for importer, imported in imports(RULES)
        if below(imported, "prodlint") and imported != "prodlint" and not below(imported, "prodlint.api")
    }
    assert found == set()
    assert offenders(RULES, "libcst", "click", "detect_secrets", "pathspec") == set()


def test_only_extract_and_fix_see_the_syntax_tree() -> None:
    assert offenders(CHECKER, "libcst", allowed=("prodlint.extract.by_libcst", "prodlint.fixes")) == set()


def test_only_the_command_line_imports_click() -> None:
    assert offenders(CHECKER, "click", allowed=("prodlint.cli",)) == set()


def test_only_the_secrets_modules_import_detect_secrets() -> None:
    assert offenders(CHECKER, "detect_secrets", allowed=("prodlint.secrets",)) == set()


def test_the_front_of_the_pipeline_loads_nothing_heavy() -> None:
    modules = ("config", "discover", "screen", "suppress", "baseline", "identity")
    heavy = (
        "libcst",
        "click",
        "detect_secrets",
        "rich",
        "pathspec",
        "multiprocessing",
        "importlib.metadata",
        "tomllib",
    )
    code = (
        "import sys\n"
        + "".join(f"import prodlint.{module}\n" for module in modules)
        + f"print(*[name for name in {heavy!r} if name in sys.modules])"
    )
    # -S: what `site` brings in from the environment's .pth files is not ours.
    result = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(CHECKER)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == ""


def test_the_layers_hold() -> None:
    pytest.importorskip("importlinter")
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    environment = {"PYTHONPATH": f"{CHECKER}:{RULES}"}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_wheel_holds_both_packages_with_their_data(tmp_path: Path) -> None:
    build = pytest.importorskip("hatchling.builders.wheel")
    (wheel,) = build.WheelBuilder(str(ROOT)).build(directory=str(tmp_path))
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    metadata = {name for name in inside if ".dist-info/" in name}
    expected = {
        path.relative_to(source).as_posix()
        for source in (CHECKER, RULES)
        for path in source.rglob("*")
        if path.is_file() and path.suffix in {".py", ".toml", ".typed", ".json"}
    }
    assert inside - metadata == expected
    assert {"prodlint/py.typed", "prodlint_rules/py.typed", "prodlint/sdks/openai.toml"} <= inside
    assert any(name.endswith("/entry_points.txt") for name in metadata)
    assert any(name.endswith("/LICENSE") for name in metadata)
