"""The linked model: what the rules, the inventory and the reports read.

Every value here is plain data about the program under analysis. Nothing in it refers to a syntax tree, and
nothing in it names a provider other than as a string taken from the SDK catalogue.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from prodlint.values import dataclass, field

SettingValue = int | float | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A range in one file; sorted by path, cell and position."""

    path: str
    """Relative to the project root, `/` separated."""
    line: int
    """1-based; for a notebook, the line within the cell."""
    column: int
    """1-based, in UTF-16 code units."""
    end_line: int
    end_column: int
    """Exclusive, 1-based, in UTF-16 code units."""
    cell: int | None = None
    """0-based index among the code cells of a notebook; None for any other file, and for a notebook's outputs."""

    def __lt__(self, other: Location) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[str, int, int, int, int, int]:
        cell = -1 if self.cell is None else self.cell
        return self.path, cell, self.line, self.column, self.end_line, self.end_column


class State(enum.Enum):
    """How much is known about one effective setting of one request."""

    SET = "set"
    """Known to be set, and to what (or at least where)."""
    DEFAULT = "default"
    """Known not to be set: the SDK's documented default applies."""
    UNKNOWN = "unknown"
    """Cannot be decided from the source; a rule must stay silent."""


class Context(enum.Enum):
    """What kind of program a request runs in."""

    SERVER = "server"
    WORKER = "worker"
    UI = "ui"
    BOT = "bot"
    CLI = "cli"
    LIBRARY = "library"
    SCRIPT = "script"
    NOTEBOOK = "notebook"
    TEST = "test"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """A call of a project function that leaves out a setting which the function hands on and its other callers give."""

    location: Location
    """The call."""
    wrapper: str
    """Qualified name of the function inside its module; of the class, where the call makes an object."""
    symbol: str
    """Qualified name of the function the call stands in."""
    context: Context
    in_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The effective value of one setting of one request."""

    state: State
    value: SettingValue = None
    """Normalised: `timeout` in seconds (None: no bound), `retries` = attempts after the first, `max_tokens` =
    tokens (None: no cap), `stream` true or false, `model` and `temperature` as written. For a SET setting whose
    value is not a constant (`timeout=config.timeout`) it is None and `constant` is False."""
    constant: bool = True
    """False when the setting is set, but to something that is only known at run time."""
    origin: Location | None = None
    """Where it is set; None for a default."""
    why: str = ""
    """SET: where the value comes from; DEFAULT: the source of the default; UNKNOWN: the reason."""
    left_out: tuple[Omission, ...] = ()
    """UNKNOWN, because it hangs on who calls: the callers without it, where most others give it. For `max_tokens` and
    `timeout`."""

    @property
    def is_unset(self) -> bool:
        """True when the program is known to leave this setting to the SDK's default."""
        return self.state is State.DEFAULT

    @property
    def is_zero(self) -> bool:
        """True when the program passes a literal 0."""
        return self.state is State.SET and self.constant and self.value == 0 and self.value is not False

    @property
    def is_explicit_none(self) -> bool:
        """True when the program passes a literal `None`."""
        return self.state is State.SET and self.constant and self.value is None


UNKNOWN = Setting(state=State.UNKNOWN, constant=False, why="not decided")


class ResultUse(enum.Enum):
    """What happens to the generated text, in the enclosing function and on the way to the entry point."""

    RETURNED = "returned"
    """A handler returns it (or an object that holds it) to whoever waits."""
    RENDERED = "rendered"
    """It is put on a page or a widget."""
    PRINTED = "printed"
    SENT = "sent"
    """It is written to a socket, queue or message of the waiting person."""
    PARSED = "parsed"
    """It is decoded, matched, compared or split: the whole text is needed before anything can be done."""
    STORED = "stored"
    """It is written to a file, a database or an attribute."""
    PASSED = "passed"
    """It is handed to code that was not followed."""
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One function on the way from an entry point to a request."""

    name: str
    """Qualified name inside its module, e.g. `ChatService.answer`; `<module>` for top-level code."""
    location: Location
    """The entry point's definition for the first step, the call of the next step for all others."""
    kind: str = ""
    """For the first step, what makes it an entry point, e.g. `FastAPI route`; empty for the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Something around a request that bounds, repeats or caches it."""

    what: str
    """For messages, e.g. `asyncio.wait_for`, `tenacity.retry`, `functools.lru_cache`."""
    location: Location | None = None
    value: float | None = None
    """Seconds for a time bound, further attempts for a retry; None when not constant or not applicable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """What the model table knows of one model."""

    id: str
    """As a request names it, e.g. `gpt-4o`."""
    provider: str
    """Whose API the id belongs to, e.g. `openai`."""
    endpoint: str
    """`chat`, `responses` (not in chat completions), `completion` or `embedding`; empty where not known."""
    max_output: int | None = None
    """Tokens that one answer can have at most; None where not known."""
    input_price: float | None = None
    """US dollars for a million tokens in."""
    output_price: float | None = None
    """US dollars for a million tokens out."""
    announced: str = ""
    """ISO date on which the retirement was announced; empty where not known."""
    retires: str = ""
    """ISO date from which requests fail; empty while no such date is known."""
    successor: str = ""
    """The id that the provider recommends instead; empty where it is not known."""
    rejects: tuple[str, ...] = ()
    """Parameters that the API refuses with this model, e.g. `max_tokens`."""

    def is_retired(self, as_of: str) -> bool:
        """True when requests fail on that ISO date."""
        return bool(self.retires) and self.retires <= as_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """Where the text is in a whole answer, and in the chunks of a streamed one; written behind the object's name."""

    answer: str
    """`.choices[0].message.content`"""
    chunk: str
    """`.choices[0].delta.content`; the text may be None."""
    guard: str = ""
    """What is empty in chunks without text, and must be looked at first: `.choices`."""
    for_page: bool = False
    """True when Streamlit's `write_stream` takes the stream as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One request to an LLM API."""

    location: Location
    """From the first character of the call's callee to its closing bracket."""
    sdk: str
    """Name of the catalogue record, e.g. `openai`."""
    sdk_version: str
    """The SDK version whose facts were used, for messages."""
    sdk_distribution: str = ""
    """The distribution that the version is of, e.g. `google-genai`."""
    sdk_version_origin: str = ""
    """How the version is known, for messages: `locked in uv.lock`, `allowed by pyproject.toml`, or `assumed`."""
    operation: str
    """Attribute path on the client or function name, e.g. `chat.completions.create`."""
    kind: str
    """`generate`, `embed`, `image`, `audio` or `other`."""
    is_async: bool
    """True when the request is awaited instead of blocking the thread."""
    symbol: str
    """Qualified name of the enclosing function inside its module; empty at module level."""
    settings: Mapping[str, Setting]
    """By name: `max_tokens`, `timeout`, `retries`, `stream`, `temperature`, `model`. A setting that does not
    exist for the operation is left out."""
    spelling: Mapping[str, str]
    """How to write a setting here, by name, e.g. `{"max_tokens": "max_completion_tokens=1024"}`: a complete
    keyword with the configured value, at the call unless the text says where. Only for settings that can be set.
    A cap is never above what the model can write."""
    known_model: KnownModel | None = None
    """The model, when the source names one that the model table has."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the names in `spelling` stand for: `{"types": "google.genai.types"}`."""
    contested: frozenset[str] = frozenset()
    """Settings whose keyword may arrive in what the call splats, so that giving it beside that is an error."""
    positional: tuple[str, ...] = ()
    """The operation's positional parameters."""
    streaming: Streaming | None = None
    """How the text is read from a streamed answer, when that is known."""
    context: Context
    entry_path: tuple[Step, ...] = ()
    """From the entry point to the function that makes the request; empty when no entry point reaches it."""
    entry_kind: str = ""
    """`http`, `websocket`, `ui`, `terminal`, `worker`, `bot`, `cli` or empty."""
    in_async_function: bool = False
    """True when the innermost function around the request is `async def`."""
    offloaded: bool = False
    """True when the request runs in another thread or process (`asyncio.to_thread`, an executor ...)."""
    time_bound: Guard | None = None
    """A time bound around the request, here or in every direct caller."""
    retry: Guard | None = None
    """A retry decorator, loop or framework retry around the request, here or in a direct caller."""
    may_be_repeated: bool = False
    """True when retries are set to 0, `retry` is None, and still something may repeat the request: a function on the
    way to it is handed to somebody else, or a call far up is repeated."""
    cache: Guard | None = None
    """A cache that is consulted before the request, here or in a caller."""
    result_uses: frozenset[ResultUse] = frozenset()
    """What happens to the generated text along `entry_path`; in the enclosing function when there is none."""
    is_structured: bool = False
    """True when the request asks for JSON, a schema or a parsed object."""
    has_tools: bool = False
    """True when tools or functions are offered to the model."""
    grows_history: bool = False
    """True when the messages are a conversation that grows from call to call."""
    repeatable: bool = False
    """True when the request stands in a function that can run again with the same input."""
    input_varies: bool | None = None
    """True when the same question can come again: the prompt is made of the function's inputs; None when not known."""
    cap_is_required: bool = False
    """True when the SDK refuses the request without an output cap."""
    cap_default: int | None = None
    """The SDK's own output cap in tokens when none is set; None when there is none."""
    attempts_by_default: int = 1
    """HTTP requests that one call makes at most with the SDK's default retries."""
    in_test: bool = False

    @property
    def generates(self) -> bool:
        """True when the answer is model-written text."""
        return self.kind == "generate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncBlock:
    """A blocking request that runs on an event loop."""

    call: ModelCall
    location: Location
    """The expression in the `async def` that blocks: the request itself, or the call of a sync project function."""
    symbol: str
    via: str = ""
    """Qualified name of the sync project function between the two; empty when the request stands in the
    `async def` itself."""
    is_iterated: bool = False
    """True when it blocks while it is iterated: `via` is a generator, or the function is handed to `map`."""
    others: tuple[ModelCall, ...] = ()
    """Where `via` is a method with several implementations: a request of each of the others that makes one itself."""
    context: Context
    in_test: bool = False
    """True when the expression stands in a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The place where the client-level settings of some requests are decided.

    `location` is the constructor when it stands in the project. For requests on a client that is built elsewhere,
    and for module-level functions, there is one `Client` per request and `location` is the request itself.
    """

    location: Location
    is_constructor: bool
    name: str
    """What people call it: the class or function, e.g. `OpenAI`, `litellm.completion`, or the service of a client that
    a function makes for several, `bedrock-runtime`."""
    constructor: str = ""
    """The class or function, where `name` is something else: `boto3.client`."""
    sdk: str
    sdk_version: str
    sdk_distribution: str = ""
    sdk_version_origin: str = ""
    symbol: str
    calls: tuple[ModelCall, ...]
    """The requests whose client-level settings are decided here, by location."""
    spelling: Mapping[str, str]
    """Like `ModelCall.spelling`, at `location`; of a function, also how its module takes what the call does not."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """For settings that neither the client nor its requests take: a sentence about what to do."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Like `ModelCall.names`."""
    contested: frozenset[str] = frozenset()
    """Like `ModelCall.contested`."""
    positional: tuple[str, ...] = ()
    """The positional parameters of what is called at `location`."""
    is_handed_over: bool = False
    """True when the constructor is not called at `location` but handed over: `field(default_factory=OpenAI)`."""
    timeout_default: float | None = None
    """Seconds the SDK waits when no timeout is set anywhere; None: for ever."""
    retries_default: int = 0
    """Attempts after the first when nothing is set."""
    timeout_covers_retries: bool = False
    """True when the time bound holds for all attempts together, as a deadline does."""
    in_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A literal that is, or is used as, the key of an LLM provider. The secret itself is never kept."""

    location: Location
    provider: str
    """For messages, e.g. `OpenAI`, or empty when only the use tells that it is a key."""
    redacted: str
    """What may be shown: the public prefix and the length, e.g. `sk-proj-… (164 characters)`."""
    usage: str
    """How it stands there, e.g. `api_key=` of `OpenAI`, `OPENAI_API_KEY =`; empty for a bare literal."""
    variable: str
    """The environment variable the SDK reads by itself, for the remedy; empty when not known."""
    host: str = ""
    """The host it is sent to, where that is not the one that the SDK's own variable is for."""
    symbol: str = ""
    identity: str = ""
    """A salted digest, to tell two secrets on one line apart; not reversible in practice."""


Subject = ModelCall | Client | Credential | AsyncBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything the rules may look at, sorted by location."""

    calls: tuple[ModelCall, ...] = ()
    clients: tuple[Client, ...] = ()
    credentials: tuple[Credential, ...] = ()
    async_blocks: tuple[AsyncBlock, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
