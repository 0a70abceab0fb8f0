"""Keys in the providers' formats, made of random characters at run time: no key stands in this repository."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from prodlint.sdks.schema import KeyFormat

ALNUM = string.ascii_letters + string.digits
URL_SAFE = ALNUM + "_-"
HEX = "0123456789abcdef"
MARK = "T3Blbk" + "FJ"


def body(chance: random.Random, alphabet: str, length: int) -> str:
    """`length` random characters."""
    return "".join(chance.choices(alphabet, k=length))


def _uuid(chance: random.Random) -> str:
    return "-".join(body(chance, HEX, length) for length in (8, 4, 4, 4, 12))


FORMS: dict[str, Callable[[random.Random], str]] = {
    "openai-legacy": lambda c: "sk-" + body(c, ALNUM, 20) + MARK + body(c, ALNUM, 20),
    "openai-project-74": lambda c: "sk-proj-" + body(c, URL_SAFE, 74) + MARK + body(c, URL_SAFE, 74),
    "openai-project-58": lambda c: "sk-proj-" + body(c, URL_SAFE, 58) + MARK + body(c, URL_SAFE, 58),
    "openai-service": lambda c: "sk-svcacct-" + body(c, URL_SAFE, 74) + MARK + body(c, URL_SAFE, 74),
    "openai-admin": lambda c: "sk-admin-" + body(c, URL_SAFE, 58) + MARK + body(c, URL_SAFE, 58),
    "openai-named": lambda c: "sk-billing-" + body(c, ALNUM, 20) + MARK + body(c, ALNUM, 20),
    "anthropic": lambda c: "sk-ant-api03-" + body(c, URL_SAFE, 93) + "AA",
    "anthropic-admin": lambda c: "sk-ant-admin01-" + body(c, URL_SAFE, 93) + "AA",
    "anthropic-oauth": lambda c: "sk-ant-oat01-" + body(c, URL_SAFE, 95),
    "google": lambda c: "AIza" + body(c, URL_SAFE, 35),
    "gemini": lambda c: "AQ." + "Ab8RN6" + body(c, URL_SAFE, 44),
    "groq": lambda c: "gsk_" + body(c, ALNUM, 52),
    "mistral": lambda c: body(c, ALNUM, 32),
    "cohere": lambda c: body(c, ALNUM, 40),
    "huggingface": lambda c: "hf_" + body(c, string.ascii_letters, 34),
    "replicate": lambda c: "r8_" + body(c, ALNUM, 37),
    "together": lambda c: "tgp_v1_" + body(c, URL_SAFE, 43),
    "fireworks": lambda c: "fw_" + body(c, ALNUM, 24),
    "perplexity": lambda c: "pplx-" + body(c, ALNUM, 48),
    "xai": lambda c: "xai-" + body(c, ALNUM, 80),
    "openrouter": lambda c: "sk-or-v1-" + body(c, HEX, 64),
    "deepseek": lambda c: "sk-" + body(c, HEX, 32),
    "langsmith": lambda c: "lsv2_pt_" + body(c, HEX, 32) + "_" + body(c, HEX, 10),
    "langfuse": lambda c: "sk-lf-" + _uuid(c),
    "azure_openai": lambda c: body(c, HEX, 32),
    "elevenlabs": lambda c: "sk_" + body(c, HEX, 48),
    "voyage": lambda c: "pa-" + body(c, URL_SAFE, 43),
    "pinecone": lambda c: "pcsk_" + body(c, ALNUM, 5) + "_" + body(c, ALNUM, 63),
    "tavily": lambda c: "tvly-dev-" + body(c, ALNUM, 32),
    "bedrock": lambda c: "ABSK" + body(c, ALNUM + "+/", 128),
    "bedrock-short": lambda c: "bedrock-api-key-" + "YmVkcm9jay5hbWF6" + "b25hd3MuY29t" + body(c, ALNUM + "+/", 900),
    "aws": lambda c: "AKIA" + body(c, string.ascii_uppercase + "234567", 16),
    "nvidia": lambda c: "nvapi-" + body(c, URL_SAFE, 64),
    "cerebras": lambda c: "csk-" + body(c, string.ascii_lowercase + string.digits, 48),
    "wandb": lambda c: "wandb_v1_" + body(c, ALNUM, 77),
    "wandb-old": lambda c: body(c, HEX, 40),
    "minimax": lambda c: "sk-api-" + body(c, URL_SAFE, 119),
    "stability": lambda c: "sk-" + body(c, ALNUM, 48),
    "databricks": lambda c: "dapi" + body(c, HEX, 32),
    "ollama": lambda c: body(c, HEX, 32) + "." + body(c, URL_SAFE, 24),
    "runpod": lambda c: "rpa_" + body(c, string.ascii_uppercase + string.digits, 40) + body(c, ALNUM, 6),
    "ai_gateway": lambda c: "vck_" + body(c, URL_SAFE, 56),
    "assemblyai": lambda c: body(c, string.ascii_lowercase + string.digits, 32),
    "deepgram": lambda c: body(c, HEX, 40),
}
"""By provider (before the first `-`) and kind: a maker of one key."""


def env_name(form: str) -> str:
    """The environment variable for a key of this form, e.g. `OPENAI_API_KEY`."""
    name = form.partition("-")[0].upper()
    special = {
        "HUGGINGFACE": "HF_TOKEN",
        "AWS": "AWS_SECRET_ACCESS_KEY",
        "BEDROCK": "AWS_BEARER_TOKEN_BEDROCK",
        "DATABRICKS": "DATABRICKS_TOKEN",
        "LANGFUSE": "LANGFUSE_SECRET_KEY",
    }
    return special.get(name, f"{name}_API_KEY")


def rows() -> tuple[KeyFormat, ...]:
    """A few key formats in the catalogue's manner, so that these tests stand on their own."""
    end = "(?![A-Za-z0-9_-])"
    part = "(?:[A-Za-z0-9_-]{74}|[A-Za-z0-9_-]{58}|[A-Za-z0-9_-]{20})"
    named = (
        r"""(?:mistral|MISTRAL)[A-Za-z0-9_ .-]{0,12}(?:key|KEY)["'\]]{0,2}\s{0,3}[=:,]\s{0,3}["']?([A-Za-z0-9]{32})"""
    )
    plain = [
        ("OpenAI", rf"\bsk-(?:proj|svcacct|admin)-{part}{MARK}{part}{end}", "OPENAI_API_KEY", MARK),
        ("OpenAI", rf"\bsk-[A-Za-z0-9]{{20}}{MARK}[A-Za-z0-9]{{20}}{end}", "OPENAI_API_KEY", MARK),
        ("Anthropic", rf"\bsk-ant-api\d{{2}}-[A-Za-z0-9_-]{{93}}AA{end}", "ANTHROPIC_API_KEY", "sk-ant-api"),
        ("Groq", rf"\bgsk_[A-Za-z0-9]{{52}}{end}", "GROQ_API_KEY", "gsk_"),
        ("Hugging Face", rf"\b(?:hf_|api_org_)[A-Za-z0-9]{{34}}{end}", "HF_TOKEN", "hf_"),
        ("OpenRouter", rf"\bsk-or-v1-[0-9a-f]{{64}}{end}", "OPENROUTER_API_KEY", "sk-or-v1-"),
        ("Tavily", rf"\btvly-(?:dev-|prod-)?[A-Za-z0-9_-]{{32,64}}{end}", "TAVILY_API_KEY", "tvly-"),
        ("AWS Bedrock", r"\bABSK[A-Za-z0-9+/]{109,269}={0,2}", "AWS_BEARER_TOKEN_BEDROCK", "ABSK"),
    ]
    contextual = [
        ("Google", rf"\bAIza[A-Za-z0-9_-]{{35}}{end}", "GOOGLE_API_KEY", "AIza"),
        ("DeepSeek", rf"\bsk-[a-f0-9]{{32}}{end}", "DEEPSEEK_API_KEY", "sk-"),
        ("Mistral", named + end, "MISTRAL_API_KEY", "mistral"),
    ]
    return tuple(
        KeyFormat(provider=p, pattern=pattern, variable=v, anchors=(a, a.upper()), contextual=is_contextual)
        for is_contextual, group in ((False, plain), (True, contextual))
        for p, pattern, v, a in group
    )
