"""Names that hold keys: of variables, keywords, settings and headers, and the provider that a name tells.

The words are the environment variables and keyword arguments that the providers' SDKs and the common frameworks
read; a name's provider is only used where no key format tells it.
"""

from __future__ import annotations

import functools
import re

PROVIDER_WORDS = {
    "azure_openai": "Azure OpenAI",
    "azureopenai": "Azure OpenAI",
    "azure_ai": "Azure AI",
    "azure_inference": "Azure AI",
    "azure": "Azure OpenAI",
    "openai": "OpenAI",
    "oai": "OpenAI",
    "anthropic": "Anthropic",
    "claude": "Anthropic",
    "claude_code": "Anthropic",
    "gemini": "Google",
    "google": "Google",
    "google_genai": "Google",
    "google_ai": "Google",
    "palm": "Google",
    "vertex": "Google",
    "groq": "Groq",
    "mistral": "Mistral",
    "mistralai": "Mistral",
    "codestral": "Mistral",
    "cohere": "Cohere",
    "co": "Cohere",
    "hf": "Hugging Face",
    "huggingface": "Hugging Face",
    "hugging_face": "Hugging Face",
    "huggingfacehub": "Hugging Face",
    "huggingface_hub": "Hugging Face",
    "hugging_face_hub": "Hugging Face",
    "replicate": "Replicate",
    "together": "Together",
    "togetherai": "Together",
    "together_ai": "Together",
    "fireworks": "Fireworks",
    "fireworks_ai": "Fireworks",
    "perplexity": "Perplexity",
    "perplexityai": "Perplexity",
    "pplx": "Perplexity",
    "xai": "xAI",
    "grok": "xAI",
    "openrouter": "OpenRouter",
    "open_router": "OpenRouter",
    "deepseek": "DeepSeek",
    "langsmith": "LangSmith",
    "langchain": "LangSmith",
    "langfuse": "Langfuse",
    "elevenlabs": "ElevenLabs",
    "eleven": "ElevenLabs",
    "voyage": "Voyage",
    "voyageai": "Voyage",
    "pinecone": "Pinecone",
    "tavily": "Tavily",
    "nvidia": "NVIDIA",
    "nim": "NVIDIA",
    "cerebras": "Cerebras",
    "wandb": "Weights & Biases",
    "minimax": "MiniMax",
    "stability": "Stability",
    "databricks": "Databricks",
    "ollama": "Ollama",
    "runpod": "RunPod",
    "ai_gateway": "Vercel AI Gateway",
    "assemblyai": "AssemblyAI",
    "deepgram": "Deepgram",
    "bedrock": "AWS Bedrock",
    "aws_bearer_token_bedrock": "AWS Bedrock",
    "aws": "AWS",
    "litellm": "LiteLLM",
    "moonshot": "Moonshot",
    "kimi": "Moonshot",
    "dashscope": "DashScope",
    "qwen": "DashScope",
    "zhipuai": "Zhipu",
    "zhipu": "Zhipu",
    "zai": "Zhipu",
    "ai21": "AI21",
    "sambanova": "SambaNova",
    "deepinfra": "DeepInfra",
    "anyscale": "Anyscale",
    "novita": "Novita",
    "siliconflow": "SiliconFlow",
    "hyperbolic": "Hyperbolic",
    "nebius": "Nebius",
    "lepton": "Lepton",
    "octoai": "OctoAI",
    "watsonx": "watsonx",
    "jina": "Jina",
    "portkey": "Portkey",
    "helicone": "Helicone",
    "aleph_alpha": "Aleph Alpha",
}
"""Word (or words joined by `_`) in a name -> provider, as the SDK catalogue writes it."""

_NEARBY = {
    "Google": ("gemini", "genai", "generativeai", "generativelanguage", "google_api_key", "palm"),
    "AWS": ("aws", "boto3", "bedrock", "amazonaws"),
}
"""Words that make a shape one of this provider where its plain name does not: Maps and Firebase are Google too."""

_WORDS = "|".join(sorted((word.replace("_", "[_.-]?") for word in PROVIDER_WORDS), key=len, reverse=True))
_MIDDLE = (
    "api|auth|access|secret|admin|bearer|service|oauth|hub|inference|studio|gateway|user|project|llm|chat|"
    "embeddings?|model|prod|dev|staging|default|primary|fallback|master|session"
)
_KEY = "key|token|secret|credentials?"
_LEAD = "(?:[A-Za-z0-9]{1,24}[_.-]{1,2}){0,8}"
_TAIL = r"(?:[_.-]?(?:[0-9]{1,2}|prod|production|dev|staging|default|backup|old|new|primary|secondary|fallback))?"
_NEUTRAL = (
    "my|our|your|the|app|ai|gpt|llm|lm|genai|model|chat|chatbot|bot|agent|assistant|embeddings?|embedder|reranker|rag|"
    "completions?|inference|generator|judge|evaluator|proxy|gateway|default|custom|primary|fallback|base|remote|local|"
    "user|admin|test|prod|production|dev|staging|global|master|service|client|server|backend|x|vite|next|expo|react"
)
_OTHER = (
    "public[_.-]?(?:api[_.-]?)?key|cache|maps|captcha|recaptcha|tag|map|sort|foreign|"
    "oauth2?[_.-]?client|client[_.-]?secret"
)

_KEY_NAME = (
    rf"^_*(?!(?:.*[_.-])?(?:{_OTHER})(?:[_.-]|$))(?!.*google(?!.*api))(?:"
    rf"{_LEAD}(?:{_WORDS})(?:[_.-]?(?:{_MIDDLE})){{0,4}}[_.-]?(?:{_KEY}){_TAIL}"
    rf"|(?:(?:{_NEUTRAL})[_.-]){{0,4}}api[_.-]?(?:key|token){_TAIL}"
    r"|(?:llm|model|bearer|auth|authorization|access)[_.-]?(?:key|token)"
    r"|aws[_.-]?bearer[_.-]?token[_.-]?bedrock"
    r"|(?:proxy-)?authorization"
    r")_*$"
)
"""The whole of a name that holds a key: a provider's (`OPENAI_API_KEY`, `anthropic_auth_token`, `hf_token`) or an
`api_key` of nobody in particular (`x-api-key`, `LLM_API_KEY`); `provider_of_name` tells the two apart. Names of
something else (`POSTHOG_API_KEY`, a public, cache or Maps key, a client secret, a plain Google token) do not match."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME_PROVIDER = rf"(?:^|[_.-])(?:{_WORDS})(?=$|[_.-]|{_MIDDLE}|{_KEY})"
_SEPARATORS = re.compile(r"[_.-]+")


@functools.cache
def _pattern(expression: str) -> re.Pattern[str]:
    """Compiled on first use, which takes milliseconds: most runs meet no name of a key."""
    return re.compile(expression, re.IGNORECASE)


def is_key_name(name: str) -> bool:
    """True for a name (variable, keyword, header, setting) that holds a key: a provider's, or a plain `api_key`."""
    return len(name) <= 100 and _pattern(_KEY_NAME).match(name) is not None


def provider_of_name(name: str) -> str:
    """The provider whose key stands under `name`: `OpenAI` for `OPENAI_API_KEY`; empty when the name tells none."""
    return provider_in(name) if is_key_name(name) or is_key_name(_CAMEL.sub("_", name)) else ""


def provider_in(text: str) -> str:
    """The provider that a name or a section title mentions as a word of its own; empty when none."""
    found = ""
    for match in _pattern(_NAME_PROVIDER).finditer(_CAMEL.sub("_", text) if not text.isupper() else text):
        word = _SEPARATORS.sub("_", match.group().strip("_.-").lower())
        found = PROVIDER_WORDS.get(word, "")
        if found:
            break
    return found


@functools.lru_cache(maxsize=128)
def nearby_pattern(provider: str) -> re.Pattern[str]:
    """What must stand near a shape that alone proves nothing, in lower-case text."""
    words = _NEARBY.get(provider) or (provider.lower(), *(w for w, p in PROVIDER_WORDS.items() if p == provider))
    # Long words may stand inside others (`chatdeepseek`), short ones may not (`aws` in `draws`).
    return re.compile(
        "|".join(
            re.escape(word) if len(word) >= 6 else rf"(?<![a-z]){re.escape(word)}(?![a-z])"
            for word in sorted(set(words), key=lambda word: (-len(word), word))
            if len(word) > 2
        )
    )
