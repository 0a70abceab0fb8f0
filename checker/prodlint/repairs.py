"""What a rule asks to have repaired: places, and what shall stand there, as plain data.

`prodlint.fixes` turns a repair into edits of the text, or refuses where the source has not the shape it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from prodlint.model import Location
from prodlint.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSetting:
    """Give a call a setting: as a keyword, in the object or dict that a keyword holds, or in the dict it splats."""

    call: Location
    """The call, or the function that is handed over in its place (`asyncio.to_thread(client.chat, ...)`)."""
    spelling: str
    """A keyword with its value: `timeout=60`, `http_options=types.HttpOptions(timeout=60_000)`."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the names in `spelling` stand for: `{"types": "google.genai.types"}`."""
    positional: tuple[str, ...] = ()
    """The call's positional parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceNumber:
    """Put a number where a literal `None` or number stands."""

    place: Location
    """The keyword argument, dict entry or assignment whose value it is."""
    spelling: str
    """A keyword with its value; the innermost number is what is written."""
    any_keyword: bool = False
    """True when the number means the same under every keyword; else the keyword must be the innermost one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVariable:
    """Read an environment variable instead of a literal."""

    place: Location
    """The literal, a part of it, or the argument or assignment whose value it is."""
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheFunction:
    """Cache what the plain function around a request returns, by its arguments."""

    call: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInThread:
    """Await a blocking call in a worker thread."""

    call: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAnswer:
    """Ask for chunks, and show each as it arrives."""

    call: Location
    spelling: str
    """The keyword that asks for chunks: `stream=True`."""
    answer: str
    """The text in the whole answer, behind its name: `.choices[0].message.content`."""
    chunk: str
    """The text in one chunk, behind its name; None or empty in some chunks."""
    guard: str = ""
    """What must be true of a chunk before its text is read, behind its name: `.choices`."""
    is_async: bool = False
    for_page: bool = True
    """True when Streamlit's `write_stream` takes the stream as it is."""


Action: TypeAlias = PassSetting | ReplaceNumber | ReadVariable | CacheFunction | RunInThread | StreamAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One way to make a finding go away."""

    description: str
    """What is done, imperative, and for an unsafe one why it is unsafe."""
    is_safe: bool
    """True when it does what the project has decided already, so that nobody needs to read it."""
    action: Action
