"""What the model table knows of a model, for people and as JSON."""

from __future__ import annotations

from prodlint.model import KnownModel
from prodlint.report.json_report import Json


def model_facts(model: KnownModel, as_of: str) -> str:
    """The model's facts on one line: `gpt-4o (openai), at most 16384 tokens out, $2.5 in and $10 out per million`."""
    facts = [f"{model.id} ({model.provider})"]
    if model.max_output is not None:
        facts.append(f"at most {model.max_output} tokens out")
    prices = [
        f"${price:.12g} {way}"
        for price, way in ((model.input_price, "in"), (model.output_price, "out"))
        if price is not None
    ]
    if prices:
        facts.append(f"{' and '.join(prices)} per million tokens")
    if model.retires:
        facts.append(f"{'retired' if model.is_retired(as_of) else 'retires'} {model.retires}")
    if model.successor:
        facts.append(f"successor {model.successor}")
    return ", ".join(facts)


def missing_model(name: str) -> str:
    """Why nothing is known of a model that a request names."""
    from prodlint.sdks.models.table import load

    table = load()
    offered = [provider for provider, models in table.lines.items() if name in models]
    if offered:
        return f"offered by {', '.join(offered)} on different terms"
    return f"not in the model table of {table.date}"


def model_object(model: KnownModel, as_of: str) -> dict[str, Json]:
    """The model's facts; null where one is not known. Prices are US dollars per million tokens."""
    return {
        "id": model.id,
        "provider": model.provider,
        "endpoint": model.endpoint or None,
        "max_output": model.max_output,
        "input_price": model.input_price,
        "output_price": model.output_price,
        "announced": model.announced or None,
        "retires": model.retires or None,
        "retired": model.is_retired(as_of),
        "successor": model.successor or None,
        "rejects": list(model.rejects),
    }
