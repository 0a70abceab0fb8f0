"""The shape of one SDK record: what the analysis knows about a library, as data.

Records are the TOML files beside this module; `prodlint.sdks.record_file` reads them. A setting's place is a dotted
path of keywords: `timeout`; `config.max_output_tokens` (the argument `config`, a dict, a call with keywords, or
`json.dumps` of a dict, holds `max_output_tokens`); `@0` is the first positional argument; `*` is each item of a list,
all of which must agree (`model_list.*.litellm_params.timeout`).
"""

from __future__ import annotations

from collections.abc import Mapping

from prodlint.values import dataclass, field

SETTINGS = ("max_tokens", "timeout", "retries", "stream", "temperature", "model")


class CatalogueError(ValueError):
    """A record cannot be read; the message names the file, the table and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way to give one setting."""

    path: tuple[str, ...]
    """Keywords from the outside in."""
    scale: float = 1.0
    """Multiply a number by this to get the normalised unit (0.001 for milliseconds)."""
    offset: int = 0
    """Add this to a number afterwards (-1 where a retry count includes the first attempt)."""
    none: str = "value"
    """What an explicit `None` means: `value` (no bound, no cap), `default` (as if it were not given), or `falsy` (the
    same, and for 0, too)."""
    unclear: str = ""
    """When the path is given at all, the setting cannot be decided, and this says why (`model_list=[...]`)."""
    present: float | None = None
    """When the path is given at all, the setting has this value whatever stands there (`retry_options={}`)."""
    first: bool = False
    """True when it beats the spellings behind it, which then count only where this one is certainly not given."""
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """It counts for nothing where these arguments of the same call are constants like one of the given ones, in which
    `*` stands for anything: `{ modelId = ["*anthropic.*"] }`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A method or function that yields an object which carries a client's settings further."""

    path: str
    """Attribute path on the surface (`with_options`, `chats.create`), or the full name of a function
    (`instructor.from_openai`) for a record's `wrappers`."""
    to: str
    """The surface of the result; `same` keeps the surface of what it is called on."""
    argument: str = ""
    """Wrappers only: which argument is the client, `@0` or a keyword; `*` where all arguments, and what dicts among
    them hold, run side by side."""
    call: bool = True
    """False for a plain attribute (`client.aio`)."""
    settings: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)
    """Settings that the derivation's own arguments override."""
    replaces: tuple[str, ...] = ()
    """Keywords whose value takes the place of what was given under the same one before, as a whole."""
    structured: bool = False
    tools: bool = False
    conversation: bool = False
    """True when the result keeps what was said: each request holds the ones before it."""
    conversation_with: tuple[str, ...] = ()
    """Keywords that make it one (`memory=`)."""
    mode: str = ""
    """`async` or `sync` when the result differs from the client in that."""
    versions: str = ""
    """In a variant: the PEP 440 range it holds for, of the distribution whose name the full name begins with; of the
    record's first one where there is none."""
    variants: tuple[Derivation, ...] = ()
    """What it is in versions that differ from the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method or function that makes a request."""

    path: str
    """Attribute path on the surface, e.g. `chat.completions.create`; full name for a record's `functions`."""
    kind: str
    """`generate`, `embed`, `image`, `audio` or `other`."""
    mode: str = ""
    """`sync` or `async` where the method decides; empty: the client's."""
    streams: bool = False
    """True for methods that always stream (`converse_stream`)."""
    positional: tuple[str, ...] = ()
    """Names of the positional parameters."""
    settings: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    """As in `Derivation`: `generation_config` at the call, where that of the client then counts for nothing."""
    cap_default: int | None = None
    """Output cap in tokens that applies when none is given; None: none."""
    cap_required: bool = False
    structured: tuple[str, ...] = ()
    """Keywords whose presence asks for JSON, a schema or a parsed object."""
    always_structured: bool = False
    tools: tuple[str, ...] = ("tools", "functions")
    prompt: tuple[str, ...] = ()
    """Keywords that carry the question: `messages`, `input`, `contents`, `prompt`."""
    suggest: Mapping[str, str] = field(default_factory=dict)
    """For messages and fixes, how to give a setting at the call; `{value}` is replaced by the number, which is
    seconds, tokens or further attempts, `{milliseconds}` and `{attempts}` by the converted one."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """For settings that neither the request nor its client takes: a sentence about what to do; numbers as in
    `suggest`."""
    suggest_elsewhere: Mapping[str, str] = field(default_factory=dict)
    """What goes before `suggest` when the client's `endpoint_argument` is given: other hosts accept less."""
    only_in: Mapping[str, str] = field(default_factory=dict)
    """By keyword, the PEP 440 range of the releases that take it: where it is given, the project uses one of them."""
    streaming: Mapping[str, str] = field(default_factory=dict)
    """`answer`, `chunk`, `guard` and `page` of `prodlint.model.Streaming`; `page` is `yes` or left out."""
    has_timeout: bool = True
    has_retries: bool = True
    distinctive: bool = False
    """True when the path alone tells the API shape, so that a call on a client of unknown origin counts:
    `chat.completions.create` is, `chat` is not."""
    requires: tuple[str, ...] = ()
    """For distinctive paths: keywords that must be visible before an unknown receiver counts (`model`, `messages`)."""
    suggest_otherwise: Mapping[str, str] = field(default_factory=dict)
    """As `suggest`, by setting, for models that reject the keyword in there."""
    versions: str = ""
    """As in `Derivation`."""
    variants: tuple[Operation, ...] = ()
    """As in `Derivation`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientClass:
    """A class (or factory function) whose instances make requests, or carry settings for them."""

    names: tuple[str, ...]
    """Every public import path. A method of a call's result is written `boto3.Session().client`."""
    title: str = ""
    """What people call an object of it, where the last name does not tell: the service of `boto3.client`."""
    surface: str = "client"
    mode: str = "sync"
    """`sync`, `async`, or `both` when the operations decide."""
    settings: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)
    """Where the constructor takes each setting. For LangChain-like models also max_tokens, temperature, model."""
    positional: tuple[str, ...] = ()
    timeout_default: float | None = None
    """Seconds; None: no bound at all."""
    retries_default: int = 0
    """Attempts after the first that the SDK makes unasked."""
    timeout_covers_retries: bool = False
    """True when the time bound holds for all attempts together, as a deadline does."""
    cap_default: int | None = None
    cap_of_model: bool = False
    """True when, unasked, it takes what the model can write where it knows the model, and `cap_default` for others."""
    no_one_default: tuple[str, ...] = ()
    """The settings among `max_tokens`, `timeout` and `retries` without a default that holds for all requests: it is
    that of the SDK behind the model, or differs between the requests. What else is said of it counts for nothing."""
    tools: bool = False
    """True when tools are offered to the model: agents."""
    key_variable: str = ""
    """Environment variable from which the SDK takes its key when none is given."""
    key_arguments: tuple[str, ...] = ("api_key",)
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Only when these arguments are constants among the given values: `{"@0": ["bedrock-runtime"]}`. With an empty
    list, only when the argument is not given. Of places with the same list, one will do."""
    suggest: Mapping[str, str] = field(default_factory=dict)
    """As in `Operation`, for the constructor."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """As in `Operation`."""
    endpoint_argument: str = ""
    """The argument that points the client at another host, e.g. `base_url`."""
    versions: str = ""
    """As in `Derivation`."""
    variants: tuple[ClientClass, ...] = ()
    """As in `Derivation`."""
    hosts_are_own: bool = False
    """True when every host that argument can name speaks the provider's own API (Azure's)."""
    older_api: Mapping[str, str] = field(default_factory=dict)
    """By argument, what a version of the API must not come before, as text, to take more than `suggest_elsewhere`:
    `{"api_version": "2024-09"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFormat:
    """The shape of a provider's keys."""

    provider: str
    pattern: str
    """Regular expression over text, without look-behind."""
    variable: str
    anchors: tuple[str, ...]
    """Literal substrings (ASCII) of which every match contains at least one: the screen looks for these."""
    contextual: bool = False
    """True when the shape alone proves nothing: only counts beside the provider's name or in a key's place."""
    hosts: tuple[str, ...] = ()
    """Where the provider's API is, for which the key in `variable` is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """What the SDK's requests raise, by full name. Proved, but no rule reads it yet."""

    roots: tuple[str, ...]
    """The classes from which the others derive: to catch them is to catch every error of a request."""
    retryable: tuple[str, ...] = ()
    """The same request may succeed a moment later: time limits, lost connections, rate limits, faults of the server."""
    permanent: tuple[str, ...] = ()
    """It will not: bad requests, bad keys, missing rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that is known of one SDK."""

    name: str
    title: str
    """As people write it, e.g. `OpenAI`, `google-genai`."""
    distributions: tuple[str, ...]
    """The first is the one whose versions `versions` and `proved_on` name."""
    imports: tuple[str, ...]
    """Import roots, e.g. `google.genai`: what the screen looks for."""
    versions: str
    """PEP 440 range for which the record holds."""
    proved_on: tuple[str, ...]
    """The release of the first distribution that the facts were held against; none for a declared SDK."""
    checked: str
    """The day on which that was done last, as `2026-11-22`; empty for a declared SDK that does not say."""
    source: str
    """Where the facts were read: package, version, file."""
    earlier: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By distribution: the last releases before a change, for which a range that ends there (`<3`) stands. Unproved."""
    releases: Mapping[str, str] = field(default_factory=dict)
    """By distribution, the first one apart: the newest release that the facts were read from."""
    clients: tuple[ClientClass, ...] = ()
    surfaces: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict)
    derivations: Mapping[str, tuple[Derivation, ...]] = field(default_factory=dict)
    """By the surface they start from."""
    functions: tuple[Operation, ...] = ()
    """Requests made by module-level functions; their `path` is the full name."""
    function_defaults: ClientClass | None = None
    """Client-level facts of those functions; its `settings` are module attributes (`openai.timeout`)."""
    wrappers: tuple[Derivation, ...] = ()
    """Functions that take a client of any record and return one with the same settings."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the names in `suggest` stand for: `types = "google.genai.types"`."""
    transparent: tuple[str, ...] = ()
    """Attributes that may stand anywhere in a path and change nothing (`with_raw_response`)."""
    keys: tuple[KeyFormat, ...] = ()
    exceptions: Exceptions | None = None
    """None: the SDK has no exceptions of its own, and lets those of what it is made of pass."""
    unknown_release: str = ""
    """Not written in files: in an edition, the release that the project uses and no record is for, with its origin
    (`together 1.5.0 (pinned in requirements.txt)`). What is not set there is unknown."""
