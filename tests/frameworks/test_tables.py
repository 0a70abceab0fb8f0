"""The framework tables: what is found under which name, and that wrong data is refused."""

from __future__ import annotations

import dataclasses
import math
import shutil
from pathlib import Path

import pytest

from prodlint.frameworks import load as loader
from prodlint.frameworks import schema
from prodlint.frameworks.tables import Table, import_names
from prodlint.model import Context

TABLES = loader.load()


def rows(table: Table[schema.Sink]) -> list[schema.Sink]:
    return [*table.exact.values(), *table.below.values(), *(row for found in table.bare.values() for _, row in found)]


@pytest.mark.parametrize(
    ("name", "imports", "kind"),
    [
        ("fastapi.FastAPI().post", (), "http"),
        ("fastapi.routing.APIRouter().get", (), "http"),
        ("fastapi.FastAPI().websocket", (), "websocket"),
        (".post", ("fastapi",), "http"),
        (".post", ("aiohttp",), ""),
        (".get", ("aiohttp.web",), "http"),
        ("flask.Blueprint().route", (), "http"),
        ("azure.functions.FunctionApp().route", (), "http"),
        ("azure.identity.X().route", (), ""),
        ("chainlit.on_message", (), "ui"),
        ("gradio.Button().click", (), "ui"),
        ("celery.shared_task", (), "worker"),
        ("celery.app.shared_task", (), "worker"),
        ("celery.Celery().task", (), "worker"),
        ("discord.ext.commands.Bot().command", (), "bot"),
        ("slack_bolt.App().event", (), "bot"),
        ("click.command", (), "cli"),
        ("typer.Typer().command", (), "cli"),
        ("fastmcp.FastMCP().tool", (), "mcp"),
        ("fastapi.FastAPI().on_event", (), ""),
        ("app.services.Client().post", ("fastapi",), ""),
    ],
)
def test_entry_decorators(name: str, imports: tuple[str, ...], kind: str) -> None:
    row = TABLES.entry_decorators.find(name, import_names(imports))
    assert (row.kind if row else "") == kind


def test_entry_points_in_classes_and_registrations() -> None:
    view = TABLES.entry_bases.find("django.views.generic.base.View")
    assert view is not None and view.handles("post") and not view.handles("helper")
    shell = TABLES.entry_bases.find("cmd.Cmd")
    assert shell is not None and shell.handles("do_ask") and not shell.handles("undo_ask")
    route = TABLES.entry_calls.find("fastapi.FastAPI().add_api_route")
    assert route is not None and route.handler == ("@1", "endpoint") and route.returns
    event = TABLES.entry_calls.find(".click", {"gradio"})
    assert event is not None and event.handler == ("fn", "@0")
    assert TABLES.entry_calls.find(".click", {"selenium"}) is None


def test_lambda_handlers_are_known_by_name_and_parameters() -> None:
    (handler,) = TABLES.named_handlers
    assert handler.matches("lambda_handler", ("event", "context"))
    assert not handler.matches("handler", ("signum", "frame"))
    assert not handler.matches("handler", ("event",))


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("streamlit.write", "rendered"),
        ("streamlit.chat_message().write", "rendered"),
        ("fastapi.responses.JSONResponse", "returned"),
        ("fastapi.WebSocket().send_text", "sent"),
        ("fastapi.websockets.WebSocket().send_json", "sent"),
        ("print", "printed"),
        ("builtins.print", "printed"),
        ("rich.console.Console().print", "printed"),
        ("logging.getLogger().info", "logged"),
        ("open().write", "stored"),
        ("discord.Client().get_channel().send", "messaged"),
    ],
)
def test_sinks(name: str, use: str) -> None:
    row = TABLES.sinks.find(name)
    assert row is not None and row.use == use


def test_streaming_sinks_are_marked() -> None:
    for name in ("streamlit.write_stream", "fastapi.responses.StreamingResponse", "chainlit.Message().stream_token"):
        row = TABLES.sinks.find(name)
        assert row is not None and row.streams, name


def test_text_steps() -> None:
    for name, effect, place in (
        ("json.loads", "parsed", "@0"),
        ("re.search", "parsed", "@1"),
        (".split", "parsed", "self"),
        (".strip", "kept", "self"),
        (".join", "kept", "@0"),
        ("langchain_core.output_parsers.StrOutputParser", "kept", "pipe"),
        ("langchain_core.output_parsers.JsonOutputParser", "parsed", "pipe"),
    ):
        row = TABLES.text_steps.find(name)
        assert row is not None and (row.effect, row.text[0]) == (effect, place), name


@pytest.mark.parametrize(
    ("name", "number", "attempts"),
    [
        ("retry.retry", 3, 2),
        ("retry.api.retry", -1, math.inf),
        ("backoff.on_exception", 4, 3),
        ("celery.shared_task", 2, 2),
    ],
)
def test_retry_counts_are_attempts_after_the_first(name: str, number: float, attempts: float) -> None:
    row = TABLES.retries.find(name)
    assert row is not None and row.further_attempts(number) == attempts


def test_tenacity_never_stops_and_takes_its_count_from_a_limit() -> None:
    retry = TABLES.retries.find("tenacity.retry")
    assert retry is not None and retry.default == math.inf and retry.count == ("stop",) and not retry.waits
    limit = TABLES.retry_limits.find("tenacity.stop.stop_after_attempt")
    assert limit is not None and (limit.unit, limit.offset) == ("attempts", -1)
    loop = TABLES.retries.find("tenacity.asyncio.AsyncRetrying")
    assert loop is not None and loop.form == "loop"


def test_caches() -> None:
    lru = TABLES.caches.find("functools.lru_cache")
    assert lru is not None and not lru.asynchronous and lru.results
    resource = TABLES.caches.find("streamlit.cache_resource")
    assert resource is not None and not resource.results
    lookup = TABLES.caches.find("redis.asyncio.from_url().get")
    assert lookup is not None and lookup.form == "lookup"
    assert TABLES.caches.find("django.core.cache.cache.get") is not None
    assert TABLES.caches.find(".get", {"redis"}) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cache", True),
        ("_answer_cache", True),
        ("ResponseCache", True),
        ("CACHE", True),
        ("cached_answers", True),
        ("cache_dir", False),
        ("cache_key", False),
        ("answers", False),
    ],
)
def test_names_of_caches(name: str, expected: bool) -> None:
    assert TABLES.cache_hints.is_cache_name(name) is expected


def test_time_bounds_and_offloading() -> None:
    wait_for = TABLES.time_bounds.find("asyncio.wait_for")
    assert wait_for is not None and (wait_for.form, wait_for.seconds, wait_for.asynchronous) == (
        "call",
        ("timeout", "@1"),
        True,
    )
    actor = TABLES.time_bounds.find("dramatiq.actor")
    assert actor is not None and (actor.scale, actor.default) == (0.001, 600)
    assert TABLES.time_bounds.find("concurrent.futures.ThreadPoolExecutor().submit().result") is not None
    executor = TABLES.offloads.find(".run_in_executor")
    assert executor is not None and executor.function[0] == "@1"
    assert TABLES.offloads.find("asyncio.get_running_loop().run_in_executor") is not None
    thread = TABLES.offloads.find("threading.Thread")
    assert thread is not None and thread.detached and thread.function[0] == "target"
    assert TABLES.background.find(".delay") is not None


def test_values() -> None:
    getenv = TABLES.env_readers.find("os.getenv")
    assert getenv is not None and getenv.default == ("@1", "default")
    timeout = TABLES.durations.find("httpx.Timeout")
    assert timeout is not None and timeout.bounds[0] == "read"
    delta = TABLES.durations.find("datetime.timedelta")
    assert delta is not None and dict(zip(delta.bounds, delta.scales, strict=True))["minutes"] == 60
    secret = TABLES.values.find("pydantic.v1.SecretStr")
    assert secret is not None and secret.effect == "secret"
    for name in ("openai.NOT_GIVEN", "openai._types.NOT_GIVEN", "anthropic.omit", "openai.NotGiven()"):
        assert TABLES.sentinels.find(name) is not None, name
    assert TABLES.settings_bases.find("pydantic.BaseSettings") is not None


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("tests/app/test_chat.py", "test"),
        ("src/conftest.py", "test"),
        ("examples/chat.py", "example"),
        ("tests/examples/chat.py", "test"),
        ("scripts/run.py", "script"),
        ("a/b.ipynb", "notebook"),
        ("src/app/main.py", ""),
        ("src/contest.py", ""),
        ("latest/app.py", ""),
    ],
)
def test_context_of_a_path(path: str, context: str) -> None:
    assert TABLES.contexts.of_path(path) == context


def test_context_of_imports() -> None:
    assert TABLES.contexts.of_imports(import_names(["fastapi.responses", "celery"])) == "server"
    assert TABLES.contexts.of_imports(import_names(["aiohttp"])) == ""
    assert TABLES.contexts.of_imports(import_names(["json"])) == ""
    assert set(TABLES.contexts.imports.values()) <= set(TABLES.contexts.order)
    assert set(TABLES.contexts.order) <= {context.value for context in Context}


def test_every_place_is_well_formed() -> None:
    for sink in rows(TABLES.sinks):
        assert sink.text and all(
            place in {"*", "self"} or place.removeprefix("@").isdigit() or place.isidentifier() for place in sink.text
        ), sink


def test_every_row_has_a_title() -> None:
    for field in dataclasses.fields(TABLES):
        table = getattr(TABLES, field.name)
        if isinstance(table, Table):
            found = [
                *table.exact.values(),
                *table.below.values(),
                *(r for many in table.bare.values() for _, r in many),
            ]
            assert found, field.name
            assert all(row.title and "?" not in row.title and "*" not in row.title for row in found), field.name


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("retries.toml", "offset=-1", "offest=-1", "unknown option `offest`"),
        ("retries.toml", "offset=-1", "offset=one", "`one` is not a int"),
        ("sinks.toml", "[sink.rendered]", "[sink.shown]", "unknown section"),
        ("text.toml", "[text.kept]", "[texts.kept]", "unknown key `texts`"),
        ("caches.toml", "async_lru.alru_cache", "async_lru.alru_cache async_lru.alru_cache=1", "unknown option"),
        ("values.toml", "[env.subscript]", "[env.subscript]\n'x' = 3", "must be a string of rows"),
        ("threads.toml", "[offload.decorator]", "[offload.decorator]\n'x' = '''\na.{b,c\n'''", "braces"),
        ("time.toml", "signal.alarm seconds=@0", "signal.alarm seconds=@0\nsignal.alarm", "stands in this table twice"),
        ("aliases.toml", "[aliases]", "[aliases]\n'x.y' = 'functools.cache'", "is an alias of `x.y`"),
        ("contexts.toml", "[directories]", "[directories]\nspace = 'orbit'", "`space` is not one of"),
        ("entry_points.toml", "kind = 'worker'", "kind = 'worker'\ncolour = 'red'", "unknown key `colour`"),
        ("entry_points.toml", "[script.ui]", "[script.ui", "entry_points.toml"),
    ],
)
def test_wrong_data_is_refused_by_file_and_key(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    source = Path(loader.__file__).parent
    for path in source.glob("*.toml"):
        shutil.copy(path, tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(loader.DataError) as caught:
        loader.read(str(tmp_path))
    assert message in str(caught.value)
    assert str(caught.value).startswith(file) or message.startswith("is an alias")


def test_every_data_file_is_read() -> None:
    assert {path.stem for path in Path(loader.__file__).parent.glob("*.toml")} == set(loader._FILES)
