"""Small values of the linked model, with defaults under which no rule has anything to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from prodlint.api import (
    AsyncBlock,
    Client,
    Context,
    Credential,
    Defaults,
    Guard,
    Location,
    ModelCall,
    Project,
    Report,
    ResultUse,
    Rule,
    RuleContext,
    Setting,
    State,
    Step,
    Subject,
)
from prodlint.model import SettingValue

SubjectT = TypeVar("SubjectT", ModelCall, Client, Credential, AsyncBlock)

UNKNOWN = Setting(state=State.UNKNOWN, constant=False, why="keywords from a caller")
AT_RUN_TIME = Setting(state=State.SET, constant=False, why="settings.value")
GUARD = Guard(what="a guard")


def at(line: int, column: int = 1, end_column: int = 40, path: str = "app/service.py") -> Location:
    return Location(path=path, line=line, column=column, end_line=line, end_column=end_column)


def given(value: SettingValue, origin: Location | None = None) -> Setting:
    """A constant that the program sets."""
    return Setting(state=State.SET, value=value, origin=origin, why="call")


def default(value: SettingValue = None) -> Setting:
    return Setting(state=State.DEFAULT, value=value, why="sdk 1.0, _constants.py")


CLEAN: Mapping[str, Setting] = {
    "max_tokens": given(300),
    "timeout": given(30),
    "retries": given(3),
    "stream": default(False),
    "temperature": default(),
    "model": given("some-model"),
}


def call(
    line: int = 20, *, without: Iterable[str] = (), fields: Mapping[str, Any] | None = None, **settings: Setting
) -> ModelCall:
    """A request whose settings are all in order, but for `settings`, and without those named in `without`."""
    effective = {name: setting for name, setting in {**CLEAN, **settings}.items() if name not in set(without)}
    clean = ModelCall(
        location=at(line),
        sdk="someai",
        sdk_version="1.2.3",
        operation="chat.completions.create",
        kind="generate",
        is_async=False,
        symbol="summarise",
        settings=effective,
        spelling={"max_tokens": "max_completion_tokens=1024", "timeout": "timeout=60", "stream": "stream=True"},
        context=Context.SERVER,
    )
    return replace(clean, **(fields or {}))


def deterministic(**fields: Any) -> ModelCall:
    """A repeatable, uncached request at temperature 0."""
    settings = {"temperature": given(0), **fields.pop("settings", {})}
    return call(fields={"repeatable": True, "input_varies": True, **fields}, **settings)


def shown(**fields: Any) -> ModelCall:
    """An unstreamed request whose text an HTTP handler returns."""
    settings = fields.pop("settings", {})
    route = Step(name="explain", location=at(5), kind="FastAPI route")
    method = Step(name="Service.answer", location=at(8))
    defaults = {"entry_kind": "http", "entry_path": (route, method), "result_uses": frozenset({ResultUse.RETURNED})}
    return call(fields={**defaults, **fields}, **settings)


def client(*calls: ModelCall, **fields: Any) -> Client:
    """A constructor on line 10 with the SDK's defaults of 600 s and two retries."""
    built = Client(
        location=at(10),
        is_constructor=True,
        name="SomeAI",
        sdk="someai",
        sdk_version="1.2.3",
        symbol="",
        calls=calls,
        spelling={"timeout": "timeout=60", "retries": "max_retries=3"},
        timeout_default=600.0,
        retries_default=2,
    )
    return replace(built, **fields)


def elsewhere(one: ModelCall, **fields: Any) -> Client:
    """The client of a request whose constructor is not in the project."""
    return client(one, is_constructor=False, location=one.location, symbol=one.symbol, **fields)


def reports(rule: Rule[SubjectT], subject: SubjectT, *others: Subject) -> list[Report]:
    """What the rule says about one subject of a project that holds the others, too, after it."""
    return list(rule.check(subject, context(subject, *others)))


def context(*subjects: Subject) -> RuleContext:
    project = Project(
        calls=tuple(each for each in subjects if isinstance(each, ModelCall)),
        clients=tuple(each for each in subjects if isinstance(each, Client)),
        credentials=tuple(each for each in subjects if isinstance(each, Credential)),
        async_blocks=tuple(each for each in subjects if isinstance(each, AsyncBlock)),
    )
    return RuleContext(project=project, defaults=Defaults())
