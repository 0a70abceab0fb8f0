"""The shape of the framework tables: what the link stage knows about libraries other than LLM SDKs, as data.

**Names.** A row is found by the canonical name of a callee, decorator, base class or annotation. In the data it is
spelled in one of four ways; `{a,b}` stands for alternatives, which may not be nested:

| in the data | matches |
| --- | --- |
| `flask.Flask().route` | exactly that name, after aliases (`flask.app.Flask` is `flask.Flask`) |
| `flask.**.route` | any name that starts with `flask` and ends in `.route`, e.g. `flask.Blueprint().route` |
| `flask.?.route` | `.route` on an owner that is not known, in a module that imports `flask` |
| `?.route` | `.route` on an owner that is not known, anywhere |

A name that ends in `()` is the call of an instance, or of what the function before it returned: `env("X")` after
`env = environ.Env()` is a call of `environ.Env()`.

**Places** say which argument is meant: `@0` is the first positional argument, `timeout` a keyword, `stop.max` the
argument `max` of the call (or the key of the dict) that is the argument `stop`, `self` the object that a method is
called on, `*` any argument. A tuple of places is read from left to right; the first that is given counts.

**Blocks.** The TOML files hold `[table.section]`, then blocks `'title' = '''rows'''`. A row is a line: a name, then
places and `option=value` pairs, in any order. A line that starts with `:` gives places and options for the rows after
it in the same block; a line that starts with `#` is a comment. In the block `self` each row is titled by its own name.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from prodlint.values import dataclass

KINDS = ("http", "websocket", "ui", "terminal", "worker", "bot", "cli", "mcp")
"""What starts a handler. Only with the first four does a person wait for the answer while it is made."""

PERSON_WAITS = frozenset({"http", "websocket", "ui", "terminal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDecorator:
    """`[decorator.KIND]`: a decorator that makes its function an entry point."""

    title: str
    """For messages, e.g. `FastAPI route`."""
    kind: str
    """One of `KINDS`."""
    returns: bool = False
    """True when what the function returns (or yields) is what the waiting person gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryBase:
    """`[base.KIND]`: a base class whose subclasses have handler methods. Places of a row: the method names."""

    title: str
    kind: str
    methods: tuple[str, ...]
    """Names; one that ends in `*` is a prefix (`do_*`)."""
    returns: bool = False

    def handles(self, method: str) -> bool:
        """True when the method of that name is called by the framework."""
        return any(method.startswith(name[:-1]) if name.endswith("*") else method == name for name in self.methods)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCall:
    """`[register.KIND]`: a call that makes one of its arguments an entry point."""

    title: str
    kind: str
    handler: tuple[str, ...]
    """Places of the function; the argument may also be a list, tuple or dict of functions."""
    returns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnnotation:
    """`[annotation.KIND]`: a parameter annotation that only handlers, and what they call, have."""

    title: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptInterface:
    """`[script.KIND]`: a module whose use at the top level makes the script's body an entry point."""

    title: str
    kind: str
    reruns: bool = False
    """True when the body runs again on every interaction (Streamlit), so that a request in it repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedHandler:
    """`[[named]]`: a top-level function that a platform finds by its name and parameters (AWS Lambda)."""

    title: str
    kind: str
    names: frozenset[str]
    parameters: tuple[frozenset[str], ...]
    """For each position, the names that the parameter may have; the function has exactly these."""
    returns: bool = False

    def matches(self, name: str, parameters: tuple[str, ...]) -> bool:
        """True when a top-level function with this name and these parameter names is such a handler."""
        return (
            name in self.names
            and len(parameters) == len(self.parameters)
            and all(given in allowed for given, allowed in zip(parameters, self.parameters, strict=True))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInput:
    """`[input.KIND]`: a call that waits for what a person types; in a loop around a request it makes a chat."""

    title: str
    kind: str
    """`terminal` or `ui`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """`[sink.USE]`: a callee that the answer goes to."""

    title: str
    use: str
    """`rendered` (page, widget), `returned` (response object: counts once the handler returns it), `sent` (socket),
    `printed`, `logged`, `stored` (file, database, session) or `messaged` (chat, mail or SMS service)."""
    text: tuple[str, ...] = ("*",)
    """Places of the text."""
    streams: bool = False
    """True when the sink takes the answer piece by piece (`streamlit.write_stream`, `StreamingResponse`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStep:
    """`[text.EFFECT]`: a function or method that is applied to the answer's text."""

    title: str
    effect: str
    """`parsed`: needs the text as a whole (decodes, matches, splits, tests it); `kept`: yields the text again,
    changed little or not at all, so that its result is followed."""
    text: tuple[str, ...] = ("@0",)
    """Places of the text; `self` when the method is called on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`[retry.FORM]`: something that repeats what it encloses."""

    title: str
    form: str
    """`decorator` (also when it is applied by a call: `retry(...)(f)`); `loop` (`for attempt in retrying:`, plain or
    async); `wrapper` (a call that is given the function)."""
    function: tuple[str, ...] = ()
    """`wrapper`: places of the function."""
    count: tuple[str, ...] = ()
    """Places, in the call named here, of a number, or of a call of a row in `retry_limits`."""
    offset: int = 0
    """Add this to the number to get attempts after the first: -1 where it includes the first."""
    default: float | None = None
    """Attempts after the first when no count is given; `inf`: without end; None: not known."""
    unlimited: float | None = None
    """The number that means without end (-1 for `retry.retry`); None: there is none."""
    deadline: tuple[str, ...] = ()
    """Places of a limit in time, in the library's own unit; it ends a retry without a count too."""
    in_constructor: bool = False
    """True when the places of count, time and pause are those of the constructor: the part before the first `()`."""
    requires: tuple[str, ...] = ()
    """Only repeats when one of these keywords is given (`autoretry_for`); empty: always."""
    wait: tuple[str, ...] = ()
    """Places of the pause between two attempts."""
    waits: bool = False
    """True when there is a pause unless it is switched off."""

    def further_attempts(self, number: float) -> float:
        """Attempts after the first, for the number that stands in the source; `inf` without end."""
        if self.unlimited is not None and number == self.unlimited:
            return math.inf
        return number + self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLimit:
    """`[retry_limit.UNIT]`: an object that says when a retry ends."""

    title: str
    unit: str
    """`attempts`, `seconds` (bounded, number of attempts not known) or `never`."""
    count: tuple[str, ...] = ()
    offset: int = 0
    """As in `Retry`: add to the number to get attempts after the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """`[cache.FORM]`: something that answers a repeated question without a request."""

    title: str
    form: str
    """`decorator`; `lookup` (a read before the call); `switch` (a call that turns a cache on for the process);
    `assignment` (the attribute that is assigned to do so); `import` (a module whose import does so)."""
    results: bool = True
    """False when it keeps objects such as clients and not answers (`streamlit.cache_resource`)."""
    asynchronous: bool = True
    """False when it breaks on `async def`: it would keep the coroutine (`functools.lru_cache`)."""
    function: tuple[str, ...] = ()
    """`decorator`: places of the function when it is called as a wrapper instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheHints:
    """`[cache_hints]`: how a hand-made cache looks."""

    words: frozenset[str]
    """A variable or attribute whose name has one of these words (split at underscores and capitals) is a cache ..."""
    other: frozenset[str]
    """... unless its last word is one of these (`cache_dir`, `cache_key`)."""
    methods: frozenset[str]
    """Methods that look something up in it. `key in cache` and `cache[key]` count as well."""
    lookups: frozenset[str]
    """Methods that look something up, in whatever: what is asked by the prompt there may be an answer."""
    file_tests: frozenset[str]
    """Functions, and methods (`.exists`), that tell whether a file is there."""

    def is_cache_name(self, name: str) -> bool:
        """True when a name is taken for that of a cache: `_answer_cache` is, `cache_dir` is not."""
        words = _words(name)
        return bool(words) and words[-1] not in self.other and not self.words.isdisjoint(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBound:
    """`[time_bound.FORM]`: something that ends a wait after a time."""

    title: str
    form: str
    """`context` (with, async with); `call` (is given the awaitable or function); `method` (called on a future);
    `decorator`; `statement` (a call that arms a timer for the code after it)."""
    seconds: tuple[str, ...] = ()
    """Places of the time. Empty: it bounds, but by a point in time."""
    default: float | None = None
    """Seconds when none is given; None: no bound then."""
    scale: float = 1.0
    """Multiply the number by this to get seconds (0.001 for milliseconds)."""
    bounded: tuple[str, ...] = ()
    """`call`: places of what is bounded; `self` for `method`."""
    asynchronous: bool = False
    """True when it only bounds awaited code: a blocking request inside is not stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offload:
    """`[offload.FORM]`: something that runs a function in another thread or process."""

    title: str
    form: str
    """`call` (is given the function) or `decorator` (also when called as a wrapper: `sync_to_async(f)(x)`)."""
    function: tuple[str, ...] = ("@0",)
    """Places of the function."""
    process: bool = False
    """True for another process."""
    detached: bool = False
    """True when the caller does not get the result, so that nobody waits for it (`Thread(target=f)`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """`[background.FORM]`: something that starts work without waiting for it."""

    title: str
    form: str
    """`function` (is given a function), `coroutine` (is given a coroutine: bare result means nobody waits, awaiting
    the task later means somebody does) or `task` (a method of the task itself: `f.delay(x)`)."""
    work: tuple[str, ...] = ("@0",)
    """Places of the function or coroutine; `self` for `task`."""
    awaitable: bool = False
    """True when the result may be awaited or asked for later; only an unused result is then background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvReader:
    """`[env.FORM]`: a way to read an environment variable."""

    title: str
    form: str
    """`call` or `subscript` (`os.environ["X"]`: the row names the mapping)."""
    variable: tuple[str, ...] = ("@0",)
    """Places of the variable's name."""
    default: tuple[str, ...] = ()
    """Places of the value when it is not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsBase:
    """`[settings.FORM]`: a base class or decorator whose annotated fields come from the environment."""

    title: str
    form: str
    """`base` or `decorator`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """`[duration.FORM]`: a class whose instances are a time, where a number of seconds is expected."""

    title: str
    form: str
    """`timeout`: the first given of `bounds` is the bound; `sum`: the parts add up (`timedelta`)."""
    bounds: tuple[str, ...]
    """Places. What bounds the wait for an answer comes first (`read`), then the overall value."""
    scales: tuple[float, ...] = ()
    """`sum`: seconds per unit, one for each of `bounds`."""
    default: float | None = None
    """Seconds when none is given; None: no bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueWrapper:
    """`[value.EFFECT]`: a call whose result stands for one of its arguments."""

    title: str
    effect: str
    """`same`; `number`, `text` (converted); `secret` (hidden when shown); `mapping` (`dict(base, key=1)`: the argument
    with the keywords put over it); `json` (serialised: its keys still are settings); `partial` (a function with
    arguments fixed); `awaited` (the result of a coroutine); `injected` (what the framework gets by calling the
    argument); `held` (what an object gives that was made with the argument, or was `set` to another one); `proxy` (a
    name that stands for the object made by the given constructor); `namespace` (an object whose attributes are the
    keywords)."""
    value: tuple[str, ...] = ("@0",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinel:
    """`[sentinel.MEANING]`: a value that means the argument was not given."""

    title: str
    meaning: str
    """`not-given`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextHints:
    """`contexts.toml`: what a module's imports and path say about the program it belongs to."""

    imports: Mapping[str, str]
    """Import root (dotted) -> value of `model.Context`."""
    order: tuple[str, ...]
    """Contexts from the strongest to the weakest hint, for a module with several."""
    directories: Mapping[str, str]
    """Name of a directory -> value of `model.Context`."""
    files: tuple[tuple[str, str], ...]
    """(file name, with one `*` at most; value of `model.Context`)."""

    def of_imports(self, imports: Collection[str]) -> str:
        """The context that a module's imports (as made by `import_names`) speak for; empty when none does."""
        found = {self.imports[name] for name in imports if name in self.imports}
        return next((context for context in self.order if context in found), "")

    def of_path(self, path: str) -> str:
        """The context of a `/` separated path relative to the root; empty when the path says nothing."""
        *parents, name = path.split("/")
        for pattern, context in self.files:
            head, star, tail = pattern.partition("*")
            if name == pattern or (
                star and len(name) >= len(head) + len(tail) and name.startswith(head) and name.endswith(tail)
            ):
                return context
        found = {self.directories[parent.lower()] for parent in parents if parent.lower() in self.directories}
        return next((context for context in self.order if context in found), "")


def _words(name: str) -> list[str]:
    """The words of an identifier, in lower case."""
    spaced = "".join(f"_{letter}" if letter.isupper() else letter for letter in name) if not name.isupper() else name
    return [word for word in spaced.lower().split("_") if word]
