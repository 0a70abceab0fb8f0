"""Writes `checker/prodlint/sdks/models/models.toml` from the packages that the extra `models` pins.

python scripts/generate_models.py                    write the file, with the date it has
python scripts/generate_models.py --date 2026-11-22  write it with a new date: the day the packages were looked at
python scripts/generate_models.py --check            write nothing; exit 1 when the file is not current

The packages need only be there, none is imported: `pip install --no-deps` of them is enough. Where each fact is from:

* ids, endpoints, limits, prices and retirement dates: litellm's bundled price file (MIT licence)
* retirement dates of Anthropic's models: the two tables of the anthropic package, which go before litellm's
* `rejects`: litellm's word that a model reasons, or takes no sampling parameters, where the profiles of
  langchain-openai (MIT licence, from models.dev) do not contradict it
* announcements and successors, which no package names: `scripts/model_notices.toml`, from the providers' pages
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "checker" / "prodlint" / "sdks" / "models" / "models.toml"
NOTICES = ROOT / "scripts" / "model_notices.toml"
PRICES = ("litellm", "litellm/model_prices_and_context_window_backup.json")
PROFILES = ("langchain-openai", "langchain_openai/data/_profiles.py")
DEPRECATIONS = (
    ("anthropic", "anthropic/_data/deprecated_models.py"),
    ("anthropic", "anthropic/resources/messages/messages.py"),
)
PROVIDERS = {
    "anthropic": "anthropic",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "deepseek": "deepseek",
    "gemini": "gemini",
    "groq": "groq",
    "mistral": "mistral",
    "openai": "openai",
    "text-completion-openai": "openai",
    "xai": "xai",
}
"""litellm's name to ours: the providers that publish limits of their own. Hosts of open models do not."""
ENDPOINTS = ("chat", "responses", "completion", "embedding")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OTHER_KINDS = re.compile(r"^ft:|audio|realtime|tts|lyria|robotics|/container")
"""Ids that no rule about text can use, and base entries of fine-tuned models."""
REGIONAL = re.compile(r"^bedrock/|^(?:us|eu|apac|au|ca|in|jp|us-gov|global)\.")
"""Bedrock's prices by region; the plain id has an entry of its own."""

Facts = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Write the model table from installed packages.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is not current")
    parser.add_argument("--date", help="the day on which the packages were looked at, as YYYY-MM-DD")
    options = parser.parse_args(arguments)
    current = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    text = render(options.date or tomllib.loads(current)["date"])
    if options.check:
        if text != current:
            print("models.toml is not current; run `python scripts/generate_models.py`", file=sys.stderr)
        return int(text != current)
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    print(f"{text.count('{')} models")
    return 0


def render(date: str) -> str:
    """The text of the file. Raises PackageNotFoundError when a source is not installed."""
    lines = ["# Written by scripts/generate_models.py from the packages named below; edit that.", f'date = "{date}"']
    lines.append("sources = [")
    for package, file in (PRICES, *DEPRECATIONS, PROFILES):
        lines.append(f'  "{package} {version(package)}: {file.partition("/")[2]}",')
    notices = tomllib.loads(NOTICES.read_text(encoding="utf-8"))
    lines.extend(f'  "{provider}: {table["source"]}",' for provider, table in sorted(notices.items()))
    lines.append("]")
    for provider, models in sorted(collect(notices).items()):
        lines += ["", f"[{provider}]"]
        lines.extend(f'"{name}" = {_written(facts)}' for name, facts in sorted(models.items()))
    return "\n".join(lines) + "\n"


def collect(notices: Facts) -> dict[str, dict[str, Facts]]:
    """The facts by provider and id."""
    found: dict[str, dict[str, Facts]] = {}
    profiles = _assigned(PROFILES, "_PROFILES")
    for provider, name, entry in _priced():
        facts = _facts(entry)
        facts["rejects"] = _rejects(provider, name, entry, profiles.get(name, {}))
        if any(facts[key] for key in ("max_output", "input_price", "retires")):
            found.setdefault(provider, {})[name] = facts
    for package, file in DEPRECATIONS:
        for name, words in _assigned((package, file), "DEPRECATED_MODELS").items():
            found[package].setdefault(name, {"endpoint": "chat"})["retires"] = _iso(words)
    for provider, table in notices.items():
        for notice in table["notice"]:
            for name in notice["models"]:
                model = found[provider].get(name)
                if model is not None:
                    model |= {key: str(value) for key, value in notice.items() if key != "models"}
    return found


def _priced() -> Iterator[tuple[str, str, Facts]]:
    """Provider, id and entry of each model in litellm's file that counts here; the id as the provider's API has it."""
    package, file = PRICES
    for key, entry in json.loads(_read(package, file)).items():
        name = entry.get("litellm_provider")
        provider = PROVIDERS.get(name)
        if provider is None or entry.get("mode") not in ENDPOINTS or OTHER_KINDS.search(key):
            continue
        if provider != "bedrock" or not REGIONAL.match(key):
            yield provider, key.removeprefix(f"{name}/"), entry


def _facts(entry: Facts) -> Facts:
    return {
        "endpoint": entry["mode"],
        "max_output": entry.get("max_output_tokens"),
        "input_price": _million(entry.get("input_cost_per_token")),
        "output_price": _million(entry.get("output_cost_per_token")),
        "retires": entry.get("deprecation_date"),
    }


def _million(price: float | None) -> float | None:
    return None if price is None else round(price * 1_000_000, 6)


def _rejects(provider: str, name: str, entry: Facts, profile: Facts) -> list[str]:
    """Parameters of chat completions and messages that the API refuses."""
    if entry.get("supports_sampling_params") is False:
        return ["temperature"]
    reasons = entry.get("supports_reasoning") and profile.get("reasoning_output", True)
    # The chat variants of a series answer without reasoning, whatever the file says of their series.
    if provider != "openai" or entry["mode"] != "chat" or not reasons or "-chat" in name:
        return []
    # Models that can be told not to reason take a temperature then.
    fixed = not entry.get("supports_none_reasoning_effort") and profile.get("temperature") is False
    return ["max_tokens", *(["temperature"] if fixed else [])]


def _assigned(source: tuple[str, str], name: str) -> Facts:
    """The literal that a module assigns to a name; without importing it."""
    for node in ast.parse(_read(*source)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value: Facts = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            return value
    raise LookupError(f"{source[1]} has no {name} any more")


def _read(package: str, file: str) -> str:
    return Path(str(distribution(package).locate_file(file))).read_text(encoding="utf-8")


def _iso(words: str) -> str:
    """`November 6th, 2024` as `2024-11-06`."""
    found = re.fullmatch(r"(\w+) (\d+)\w*, (\d{4})", words)
    if found is None:
        raise ValueError(f"not a date as this package writes it: {words!r}")
    return f"{found[3]}-{MONTHS.index(found[1][:3]) + 1:02}-{int(found[2]):02}"


def _written(facts: Facts) -> str:
    kept = {key: value for key, value in facts.items() if value not in (None, "", [])}
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in kept.items()) + " }"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
