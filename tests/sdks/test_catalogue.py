"""The catalogue: what a record may say, and that the shipped records hold together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodlint.sdks import catalogue
from prodlint.sdks.catalogue import combine, load
from prodlint.sdks.record_checks import idle
from prodlint.sdks.record_file import load_record
from prodlint.sdks.schema import CatalogueError, ClientClass, Operation, Record, Spelling
from prodlint.values import replace

HEAD = """
name = "acme"
title = "Acme"
distributions = ["acme"]
imports = ["acme"]
versions = ">=1"
proved_on = ["1.0"]
checked = 2026-11-22
source = "acme 1.0"
"""
RECORDS = load().records
SHIPPED = sorted(Path(catalogue.__file__).parent.glob("*.toml"))


def operations(record: Record) -> Iterator[tuple[str, Operation]]:
    for surface, found in record.surfaces.items():
        yield from ((surface, operation) for operation in found)
    yield from (("function", operation) for operation in record.functions)


def clients(record: Record) -> Iterator[ClientClass]:
    yield from record.clients
    if record.function_defaults is not None:
        yield record.function_defaults


def suggesting(record: Record) -> list[ClientClass | Operation]:
    return [*clients(record), *(operation for _, operation in operations(record))]


# Reading a record


def test_a_record_needs_no_more_than_its_head() -> None:
    record = load_record(HEAD, "acme.toml")
    assert (record.name, record.clients, record.surfaces, record.function_defaults) == ("acme", (), {}, None)


def test_templates_lend_what_the_table_does_not_say() -> None:
    record = load_record(
        HEAD
        + """
        [template.settings.base]
        timeout = ["timeout"]
        model = ["model"]
        [template.settings.chat]
        use = "base"
        max_tokens = ["max_tokens", { path = "options.cap", offset = -1, none = "default" }]
        model = []
        [template.operation.request]
        kind = "other"
        settings = "base"
        prompt = ["messages"]
        [template.operation.chat]
        use = "request"
        kind = "generate"
        settings = "chat"
        [[surface.client]]
        use = "chat"
        paths = ["chat", "talk"]
        prompt = ["question"]
        [[surface.client]]
        use = "request"
        path = "models.list"
        """,
        "acme.toml",
    )
    chat, talk, models = record.surfaces["client"]
    assert [o.path for o in (chat, talk, models)] == ["chat", "talk", "models.list"]
    assert (chat.kind, chat.prompt, models.kind, models.prompt) == ("generate", ("question",), "other", ("messages",))
    assert chat.settings == {
        "timeout": (Spelling(path=("timeout",)),),
        "max_tokens": (Spelling(path=("max_tokens",)), Spelling(path=("options", "cap"), offset=-1, none="default")),
    }
    assert set(models.settings) == {"timeout", "model"}


def test_none_in_a_record_is_written_as_text() -> None:
    client = load_record(
        HEAD
        + """
        [template.client.base]
        timeout_default = 600
        [[client]]
        use = "base"
        names = ["acme.Slow"]
        [[client]]
        use = "base"
        names = ["acme.Endless"]
        timeout_default = "none"
        [[surface.client]]
        path = "chat"
        kind = "generate"
        """,
        "acme.toml",
    ).clients
    assert [c.timeout_default for c in client] == [600.0, None]
    assert isinstance(client[0].timeout_default, float)


OPERATION = '[[surface.client]]\npath = "chat"\nkind = "generate"\n'
MODULE = '[[function]]\nmodule = "acme"\nsurface = "client"\n'


def test_the_functions_of_a_module_can_be_those_of_a_surface() -> None:
    variants = 'distinctive = true\nvariants = [{ versions = "<2", cap_default = 16 }]\n'
    (function,) = load_record(HEAD + OPERATION + variants + MODULE, "acme.toml").functions
    assert (function.path, function.kind, function.distinctive) == ("acme.chat", "generate", False)
    assert [(variant.path, variant.cap_default) for variant in function.variants] == [("acme.chat", 16)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", r"not valid TOML"),
        ('name = "acme"', r"\[top\]: `title` is missing"),
        (HEAD + "colour = 1", r"\[top\]: unknown key `colour`"),
        (HEAD + "imports = 1", r"not valid TOML"),
        (HEAD.replace('["acme"]', '"acme"', 1), r"\[top.distributions\]: expected a list"),
        (HEAD + "[[client]]\nmode = 'sync'", r"\[client \]: `names` is missing"),
        (HEAD + "[[client]]\nnames = ['a.B']", r"no surface `client`"),
        (HEAD + "[[client]]\nnames = ['a.B']\ncolour = 1", r"\[client .*\]: unknown key `colour`"),
        (HEAD + "[[client]]\nnames = ['a.B']\nmode = 'maybe'", r"expected one of"),
        (HEAD + "[[client]]\nnames = ['a.B']\nuse = 'x'", r"no \[template.client.x\]"),
        (HEAD + "[client]\nnames = ['a.B']", r"\[client\]: expected a list"),
        (HEAD + OPERATION + "colour = 1", r"\[surface.client chat\]: unknown key `colour`"),
        (HEAD + OPERATION + "streams = 1", r"expected true or false"),
        (HEAD + OPERATION + "cap_default = true", r"expected a whole number"),
        (HEAD + OPERATION + "settings = { colour = ['c'] }", r"unknown setting `colour`"),
        (HEAD + OPERATION + "settings = { model = 'm' }", r"settings.model\]: expected a list"),
        (HEAD + OPERATION + "settings = { model = ['a..b'] }", r"expected dotted keywords"),
        (HEAD + OPERATION + "settings = { model = [{ path = 'm', colour = 1 }] }", r"unknown key `colour`"),
        (HEAD + OPERATION + "settings = { model = [{ scale = 2 }] }", r"`path` is missing"),
        (HEAD + OPERATION + "settings = 'x'", r"no \[template.settings.x\]"),
        (HEAD + OPERATION + OPERATION, r"`chat` stands there twice"),
        (HEAD + OPERATION.replace("generate", "think"), r"expected one of"),
        (HEAD + "[[function]]\nmodule = 'acme'", r"\[function.surface\]: expected text"),
        (HEAD + "[[function]]\nmodule = 'acme'\nsurface = 'client'", r"\[function acme\]: a `module` needs the name"),
        (HEAD + OPERATION + MODULE + "streams = true", r"\[function acme\]: a `module` needs the name .* nothing else"),
        (HEAD + OPERATION + MODULE + MODULE, r"\[function\]: a `path` stands there"),
        (HEAD + OPERATION + "only_in = { top_k = 'old' }", r"chat.only_in.top_k\]: not a PEP 440 range"),
        (HEAD + "[surface]\nclient = 1", r"\[surface.client\]: expected a list"),
        (HEAD + "[[surface]]\npath = 'chat'", r"\[surface\]: expected a table"),
        (HEAD + "[[derive.client]]\npath = 'aio'\nto = 'nowhere'", r"no surface `nowhere`"),
        (HEAD + "[template.colour.x]\na = 1", r"unknown key `colour`"),
        (HEAD + "[template.operation.a]\nuse = 'a'\n" + OPERATION + "use = 'a'", r"goes in a circle"),
        (
            HEAD
            + "[template.settings.a]\nuse = 'b'\n[template.settings.b]\nuse = 'a'\n"
            + OPERATION
            + "settings = 'a'",
            r"goes in a circle",
        ),
        (HEAD + "[[key]]\nprovider = 'Acme'", r"\[key\]: `pattern` is missing"),
        (HEAD + "[[key]]\nprovider = 'Acme'\npattern = '('", r"\[key.pattern\]: not a regular expression: '\('"),
        (
            HEAD.replace("2026-11-22", '"2026-11-22"'),
            r"\[top.checked\]: expected a date like 2026-11-22 without quotes",
        ),
        (HEAD + "unknown_release = 'acme 1'", r"unknown key `unknown_release`"),
        (HEAD + OPERATION + "streaming = { answer = '.text' }", r"chat.streaming\]: `chunk` is missing"),
        (HEAD + OPERATION + "streaming = { answers = '.text' }", r"unknown key `answers`, did you mean `answer`"),
        (HEAD + OPERATION + "suggest = { max_token = 'a={value}' }", r"suggest\]: unknown setting `max_token`"),
        (HEAD + OPERATION + "variants = [{ versions = '=>2' }]", r"variants.versions\]: not a PEP 440 range: '=>2'"),
        (HEAD + OPERATION + "settings = { use = ['x'] }", r"settings.use\]: expected text"),
        (HEAD + OPERATION + "template = { settings = 3 }", r"unknown key `template`"),
        (HEAD + "template = { settings = 3 }", r"\[template.settings\]: expected a table, not 3"),
        (HEAD + "template = { client = { x = 3 } }", r"\[template.client.x\]: expected a table, not 3"),
        (HEAD + "[[client]]\nnames = ['a.B']\ntimeout_default = nan", r"expected a number without quotes, not nan"),
        (HEAD + "[[client]]\nnames = ['a.B']\ntimeout_default = '9'", r"expected a number without quotes, not '9'"),
    ],
)
def test_a_mistake_in_a_record_is_named(text: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message) as raised:
        load_record(text, "acme.toml")
    assert str(raised.value).startswith("acme.toml: ")


def test_a_file_without_name_holds_keys_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "catalogue.py"))
    key = "[[key]]\nprovider = 'Acme'\npattern = 'acme-[a-z]{9}'\nvariable = 'ACME_KEY'\nanchors = ['acme-']\n"
    (tmp_path / "keys.toml").write_text(key, encoding="utf-8")
    (tmp_path / "acme.toml").write_text(HEAD + key, encoding="utf-8")
    read = catalogue.read()
    assert [key.provider for key in read.keys] == ["Acme", "Acme"]
    assert [record.name for record in read.records] == ["acme"]
    (tmp_path / "keys.toml").write_text("title = 'Acme'\n" + key, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"^keys.toml: \[top\]: unknown key `title` in a file without `name`"):
        catalogue.read()


def test_a_later_record_replaces_one_of_the_same_name() -> None:
    first = load_record(HEAD + OPERATION + "[[client]]\nnames = ['acme.Old']", "shipped.toml")
    second = load_record(HEAD + OPERATION + "[[client]]\nnames = ['acme.New']", "own.toml")
    both = combine([first, second])
    assert both.records == (second,)
    assert list(both.clients) == ["acme.New"]


def test_look_ups_keep_every_candidate() -> None:
    text = """
    [[client]]
    names = ["acme.make"]
    when = { "@0" = ["llm"] }
    [[client]]
    names = ["acme.make"]
    when = { "@0" = ["search"] }
    surface = "search"
    [[surface.client]]
    path = "chat.run"
    kind = "generate"
    distinctive = true
    [[surface.search]]
    path = "chat.run"
    kind = "other"
    """
    both = combine([load_record(HEAD + text, "acme.toml")])
    assert [client.surface for _, client in both.clients["acme.make"]] == ["client", "search"]
    assert [operation.kind for _, operation in both.distinctive["chat.run"]] == ["generate"]


# The shipped records


def test_every_file_is_read() -> None:
    named = [path for path in SHIPPED if re.search(r"^name = ", path.read_text(encoding="utf-8"), re.MULTILINE)]
    assert sorted(path.stem for path in named) == [record.name for record in RECORDS]


def test_keys_of_every_file_are_collected() -> None:
    written = sum(path.read_text(encoding="utf-8").count("\n[[key]]") for path in SHIPPED)
    assert len(load().keys) == written


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
class TestShipped:
    def test_nothing_in_it_is_idle(self, record: Record) -> None:
        assert list(idle(record)) == []

    def test_a_name_stands_once_unless_conditions_tell_its_meanings_apart(self, record: Record) -> None:
        unconditional = [name for client in record.clients if not client.when for name in client.names]
        assert len(unconditional) == len(set(unconditional))

    def test_functions_have_defaults(self, record: Record) -> None:
        assert not record.functions or record.function_defaults is not None

    def test_suggestions_are_keywords_or_assignments(self, record: Record) -> None:
        for text in (text for holder in suggesting(record) for text in holder.suggest.values()):
            filled = text.replace("{value}", "3").replace("{milliseconds}", "3000").replace("{attempts}", "4")
            assert filled != text or not re.search(r"{\w*}", text), text
            source = filled if re.match(r"\w+(\.\w+)+ = ", filled) else f"call({filled})"
            compile(source, "suggestion", "exec")

    def test_a_cap_is_either_required_or_has_a_default(self, record: Record) -> None:
        for _, operation in operations(record):
            assert not (operation.cap_required and operation.cap_default), operation.path

    def test_a_suggested_cap_can_be_read_back(self, record: Record) -> None:
        for _, operation in operations(record):
            if "max_tokens" in operation.suggest:
                keyword = operation.suggest["max_tokens"].partition("=")[0]
                assert keyword in {spelling.path[0] for spelling in operation.settings["max_tokens"]}, operation.path

    def test_distinctive_operations_that_generate_have_a_cap(self, record: Record) -> None:
        for _, operation in operations(record):
            if operation.distinctive and operation.kind == "generate":
                assert "max_tokens" in operation.settings, operation.path


def chosen(name: str, path: str) -> Operation:
    return next(o for _, o in operations(load().by_name[name]) if o.path == path)


def paths(operation: Operation, setting: str) -> list[str]:
    return [".".join(spelling.path) for spelling in operation.settings[setting]]


def test_openai_chat_prefers_the_spelling_that_reasoning_models_accept() -> None:
    operation = chosen("openai", "chat.completions.create")
    assert paths(operation, "max_tokens")[:2] == ["max_completion_tokens", "max_tokens"]
    assert operation.suggest["max_tokens"] == "max_completion_tokens={value}"
    assert chosen("openai", "completions.create").cap_default == 16


def test_drop_in_classes_of_openai_take_what_openais_own_do() -> None:
    """What only tells openai's own methods on a client of unknown origin is left out there."""
    own = {(surface, item.path): item for surface, item in operations(load().by_name["openai"])}
    drop_in = load().by_name["openai_drop_in"]
    assert len(drop_in.surfaces["client"]) > 5
    for surface, operation in operations(drop_in):
        path = operation.path.removeprefix("langfuse.openai.")
        same = replace(own[surface, path], path=operation.path, distinctive=False, requires=())
        variants = tuple(replace(item, path=operation.path, distinctive=False, requires=()) for item in same.variants)
        assert operation == replace(same, variants=variants)
    assert drop_in.derivations["client"] == load().by_name["openai"].derivations["client"]
    facts = {client.names[0].rpartition(".")[2]: client for client in load().by_name["openai"].clients}
    for client in drop_in.clients:
        assert client == replace(facts[client.names[0].rpartition(".")[2]], names=client.names)


def test_twilio_is_not_anthropic() -> None:
    assert chosen("anthropic", "messages.create").requires == ("model", "messages")


def test_gemini_counts_milliseconds_and_attempts() -> None:
    (_, client), *others = load().clients["google.genai.Client"]
    assert not others
    assert client.settings["timeout"][0] == Spelling(path=("http_options", "timeout"), scale=0.001)
    assert client.settings["retries"][0].offset == -1
    assert client.settings["retries"][-1].present == 4
    assert client.timeout_default is None


def test_a_timeout_of_openai_0_is_not_its_timeout_argument() -> None:
    assert paths(chosen("openai_v0", "openai.ChatCompletion.create"), "timeout") == ["request_timeout"]
