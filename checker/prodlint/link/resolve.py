"""Evaluation of symbolic values across the project, on demand.

`Resolver.resolve` takes a value and the frame to read it in, and gives every term it can be. What cannot be decided
is a term too: nothing here raises on strange code.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from typing import Any

from prodlint.facts import (
    Argument,
    Assignment,
    Attr,
    CallSite,
    ClassRef,
    Const,
    DictOf,
    Element,
    Entry,
    FunctionRef,
    Global,
    Imported,
    Item,
    Joined,
    OneOf,
    Op,
    Opaque,
    Param,
    Redacted,
    Result,
    SeqOf,
    Some,
    Value,
)
from prodlint.facts import (
    Parameter as ParameterFacts,
)
from prodlint.frameworks.tables import Frameworks
from prodlint.link.program import Program
from prodlint.link.terms import (
    Attribute,
    Bound,
    Class,
    Compound,
    Environment,
    External,
    Folder,
    Frame,
    Function,
    Instance,
    ItemOf,
    Known,
    Made,
    Mapping,
    Module,
    Package,
    Parameter,
    Secret,
    Sequence,
    Term,
    Terms,
    Typed,
    Unknown,
)

MAX_TERMS = 12
MAX_DEPTH = 60
"""Nested evaluations after which the answer is Unknown; each takes a few Python frames."""

MAX_CONTEXT = 4
"""Nested calls that are told apart by their arguments; below that a function stands for all its activations, whose
values are shared, so that the work stays proportional to the code."""

NOT_OBJECTS = ("typing.", "typing_extensions.", "collections.")
"""Annotations from these modules are no classes of clients."""

MAX_STEPS = 20_000
"""Evaluations for one question, after which the answer is Unknown."""

BUILTINS = frozenset(dir(builtins))
NOTHING = Known(None)
INJECTED = Unknown("a caller may pass another one")
"""An optional parameter that is not None here: what the code falls back on is decided beside it."""


def name_of(term: Term) -> str:
    """The canonical name of a term: `openai.OpenAI().chat`; `.chat` when its owner is not known; else empty."""
    match term:
        case External(name):
            return name
        case Attribute(base, name):
            return f"{name_of(base)}.{name}"
        case Made():
            callee = name_of(term.callee)
            return f"{callee}()" if callee and not callee.startswith(".") else ""
        case Typed(name, _):
            return f"{name}()"
        case ItemOf(base, _):
            inner = name_of(base)
            return f"{inner}[]" if inner and not inner.startswith(".") else ""
    return ""


class Resolver:
    """Evaluates values; remembers what it has found."""

    def __init__(self, program: Program, frameworks: Frameworks) -> None:
        self.program = program
        self.frameworks = frameworks
        self.callers_of: Callable[[Module, int], tuple[tuple[Bound, ...], bool]] = lambda _module, _function: (
            (),
            False,
        )
        """Set by the call graph: the calls of a function, each as (Result value, caller's frame), and whether it can
        be called from elsewhere, too (an unresolved reference)."""
        self.makers_of: Callable[[Class], tuple[Bound, ...]] = lambda _cls: ()
        """Set by the call graph: the calls that make instances of a class."""
        self.subclasses_of: Callable[[Class], tuple[Class, ...]] = lambda _cls: ()
        """Set by the call graph: the project's subclasses of a class, at any depth."""
        self.is_public_class: Callable[[Class], bool] = lambda _cls: False
        """Set by the project: True for a class of which users of a library make objects."""
        self.is_public: Callable[[Module, int], bool] = lambda _module, _function: False
        """Set by the project: True for a function that users of a library call with arguments nobody here sees."""
        self._memo: dict[tuple[int, int], tuple[Value, Frame, Terms]] = {}
        self._busy: set[tuple[int, int]] = set()
        self.lookups: dict[tuple[int, int, object], tuple[Mapping, tuple[Any, ...]]] = {}
        """Answers of `lookup.lookup`, each with the dict it is about, so that its id stays its own."""
        self.lookups_busy: set[tuple[int, int, object]] = set()
        self.lookup_cuts = 0
        """How often a look-up came back to itself: an answer during which this rose is not whole."""
        self._depth = 0
        self._steps = 0
        self._plain_activations: dict[tuple[object, ...], Frame] = {}
        self._attribute_index: dict[tuple[str, int], dict[str, list[Assignment]]] = {}
        self._frames: dict[tuple[str, int], Frame] = {}
        self._writes: dict[tuple[Class | Module, str], str] = {}
        self._write_index: dict[str, list[tuple[Module, Value, int, int]]] = {}
        self._write_indexed: set[str] = set()
        self._activations: dict[tuple[int, int, int], tuple[Frame, Frame]] = {}

    def resolve(self, value: Value, frame: Frame) -> Terms:
        """Every term the value can be; never empty."""
        key = (id(value), id(frame))
        known = self._memo.get(key)
        if known is not None:
            return known[2]
        if key in self._busy:
            return ()
        if self._depth == 0:
            self._steps = 0
        if self.is_exhausted() or self._depth >= MAX_DEPTH:
            return (Unknown("nested too deeply"),)
        self._busy.add(key)
        self._depth += 1
        try:
            found = self._limit(self._evaluate(value, frame))
        finally:
            self._depth -= 1
            self._busy.discard(key)
        if not found and self._depth == 0:
            found = (Unknown("it is defined by itself"),)
        if found:
            self._memo[key] = (value, frame, found)
        return found

    def is_exhausted(self) -> bool:
        """Count one step of the question at hand; True when it has taken too many."""
        self._steps += 1
        return self._steps > MAX_STEPS

    def all(self, bound: Bound) -> Terms:
        """`resolve` for a bound value."""
        return self.resolve(bound.value, bound.frame)

    def one(self, value: Value, frame: Frame) -> Term:
        """The only term, or Unknown."""
        found = self.resolve(value, frame)
        return found[0] if len(found) == 1 else Unknown("several values are possible")

    @staticmethod
    def _limit(terms: Iterable[Term]) -> Terms:
        found: list[Term] = []
        for term in terms:
            if not any(term is known or (type(term) is type(known) and term == known) for known in found):
                found.append(term)
        if len(found) > MAX_TERMS:
            return (Unknown("too many alternatives"),)
        return tuple(found)

    def frame_of(self, module: Module, function: int) -> Frame:
        """The frame that stands for all activations of a function."""
        if function == 0:
            return module.top
        key = (module.path, function)
        frame = self._frames.get(key)
        if frame is None:
            frame = Frame(module=module, function=function)
            self._frames[key] = frame
        return frame

    def _evaluate(self, value: Value, frame: Frame) -> Iterable[Term]:
        match value:
            case Const(constant):
                return (Known(constant),)
            case Redacted(shown, identity, span):
                return (Secret(shown, identity, frame.module.location(span)),)
            case Global(name):
                return self._global(name, frame.module)
            case Imported():
                return self._imported(value, frame.module)
            case Param(function, name):
                return self._parameter(function, name, frame)
            case Attr(base, name):
                return [term for owner in self.resolve(base, frame) for term in self.attribute(owner, name)]
            case Item(base, key):
                return [term for owner in self.resolve(base, frame) for term in self._item(owner, Bound(key, frame))]
            case Element(base):
                return [term for owner in self.resolve(base, frame) for term in self._element(owner, base, frame)]
            case Result(site):
                return self._result(site, frame)
            case DictOf():
                return (Mapping(value, frame),)
            case SeqOf():
                return (Sequence(value, frame),)
            case OneOf(options):
                return [term for option in options for term in self.resolve(option, frame)]
            case Some(inner):
                rest = [term for term in self.resolve(inner, frame) if term != NOTHING]
                return [_optional(term) for term in rest]
            case Joined(parts):
                return (Compound("text", tuple(Bound(part, frame) for part in parts)),)
            case FunctionRef(index):
                return (Function(frame.module, index, None, frame),)
            case ClassRef(index):
                return (Class(frame.module, index),)
            case Op(kind, operands):
                return self._operation(kind, operands, frame)
            case Opaque(why):
                return (Unknown(why),)

    def _operation(self, kind: str, operands: tuple[Value, ...], frame: Frame) -> Iterable[Term]:
        if kind == "enter":
            return [term for manager in self.resolve(operands[0], frame) for term in self._enter(manager)]
        if kind == "annotated":
            return self.typed(operands[0], frame)
        if kind == "get":
            owners = self.resolve(operands[0], frame)
            found = [term for owner in owners for term in self._item(owner, Bound(operands[1], frame))]
            missing = [term for term in found if isinstance(term, Unknown) and term.why == "no such key"]
            rest = [term for term in found if term not in missing]
            return [*rest, *self.resolve(operands[2], frame)] if missing or not rest else rest
        return (Compound(kind, tuple(Bound(operand, frame) for operand in operands)),)

    # names

    def _global(self, name: str, module: Module) -> Iterable[Term]:
        value = module.facts.globals.get(name)
        if value is not None:
            return self._with_changes(self.resolve(value, module.top), value, name, module)
        for star in module.facts.star_imports:
            path = self.program.target(star, module)
            source = self.program.module(path) if path is not None else None
            if source is not None and source is not module and name in source.facts.globals:
                return self.resolve(Global(name), source.top)
        if name in BUILTINS:
            return (External(name),)
        externals = [star.module for star in module.facts.star_imports if self.program.target(star, module) is None]
        if len(externals) == 1:
            return (External(f"{externals[0]}.{name}"),)
        return (Unknown(f"`{name}` is not defined in the module"),)

    def _with_changes(self, found: Terms, value: Value, name: str, module: Module) -> Terms:
        """A module-level dict that functions write to may hold more than its display says."""
        if not isinstance(value, DictOf):
            return found
        changes = [
            change
            for change in module.facts.assignments
            if change.function and change.base == Global(name) and isinstance(change.base, Global)
            if not isinstance(change.key, str)
        ]
        is_updated = any(
            isinstance(call.callee, Attr) and isinstance(call.callee.base, Global) and call.callee.base.name == name
            for call in module.facts.calls
            if call.function and isinstance(call.callee, Attr) and call.callee.name in ("update", "setdefault", "pop")
        )
        if not changes and not is_updated:
            return found
        entries = list(value.entries)
        functions = {change.function for change in changes}
        if is_updated or len(functions) > 1:
            entries.append(Entry("splat", None, Opaque(f"functions of the module change `{name}`"), None, True))
            return (Mapping(DictOf(tuple(entries), value.touched), module.top),)
        for change in changes:
            assert not isinstance(change.key, str)
            entries.append(Entry("set", change.key, change.value, change.span, True))
        return (Mapping(DictOf(tuple(entries), value.touched), self.frame_of(module, functions.pop())),)

    def _imported(self, imported: Imported, module: Module) -> Iterable[Term]:
        path = self.program.target(imported, module)
        if path is not None:
            return self._from_module(path, imported, module)
        if imported.level:
            return self._relative_symbol(imported, module)
        if not imported.name:
            return (External(imported.module),)
        submodule = self.program.find(f"{imported.module}.{imported.name}", module.path)
        if submodule is not None:
            loaded = self.program.module(submodule)
            if loaded is not None:
                return (Package(loaded),)
        return (External(f"{imported.module}.{imported.name}"),)

    def _relative_symbol(self, imported: Imported, module: Module) -> Iterable[Term]:
        dotted = f"{imported.module}.{imported.name}" if imported.module else imported.name
        path = self.program.target(Imported(dotted, "", imported.level), module)
        loaded = self.program.module(path) if path is not None else None
        if loaded is not None:
            return (Package(loaded),)
        return (Unknown(f"`{imported.name}` comes from a module that is not in the project"),)

    def _from_module(self, path: str, imported: Imported, module: Module) -> Iterable[Term]:
        loaded = self.program.module(path)
        if loaded is None:
            return (Unknown(f"`{path}` could not be read"),)
        if not imported.name:
            return (Package(loaded),)
        if imported.name in loaded.facts.globals:
            return self.resolve(Global(imported.name), loaded.top)
        sub = self.program.submodule(path, imported.name)
        inner = self.program.module(sub) if sub is not None else None
        if inner is not None:
            return (Package(inner),)
        return self.resolve(Global(imported.name), loaded.top)

    # parameters

    def _parameter(self, function: int, name: str, frame: Frame) -> Iterable[Term]:
        at: Frame | None = frame
        while at is not None:
            if at.function == function:
                if at.arguments is not None and name in at.arguments:
                    return self.all(at.arguments[name])
                if at.receiver is not None and self.is_receiver(at.module, function, name):
                    return (at.receiver,)
                break
            at = at.closure
        return self.parameter(frame.module, function, name)

    @staticmethod
    def is_receiver(module: Module, function: int, name: str) -> bool:
        """True for `self` of a method and `cls` of a class method."""
        facts = module.facts.functions[function]
        if facts.owner < 0 or not facts.parameters or facts.parameters[0].name != name:
            return False
        return not any(isinstance(item, Global) and item.name == "staticmethod" for item in facts.decorators)

    def parameter(self, module: Module, function: int, name: str) -> Terms:
        """What a parameter can be over all callers."""
        facts = module.facts.functions[function]
        if self.is_receiver(module, function, name):
            owner = Class(module, facts.owner)
            is_class = any(isinstance(item, Global) and item.name == "classmethod" for item in facts.decorators)
            return (owner,) if is_class else (Instance(owner, None, None),)
        declared = next((item for item in facts.parameters if item.name == name), None)
        if declared is None:
            return (Unknown("a parameter that is not declared"),)
        injected = self._injected(declared, module)
        if injected and not all(isinstance(term, Unknown | Parameter | Attribute) for term in injected):
            return injected
        calls, is_open = self.callers_of(module, function)
        found: list[Term] = []
        for call in calls:
            assert isinstance(call.value, Result)
            site = call.frame.module.facts.calls[call.value.site]
            bound = bind(facts.parameters, site, call.frame, skip=self._skips_self(module, function, site, call.frame))
            argument = bound.get(name)
            if argument is None:
                found.append(Unknown("it is not visible what the caller passes"))
            elif argument.frame is _DEFAULT:
                found.extend(self._default(declared, module))
            else:
                found.extend(self.all(argument))
        typed = self.typed(declared.annotation, module.top)
        useful = [term for term in found if not _is_vague(term)]
        if calls and not is_open and (useful or not typed):
            if self.is_public(module, function) and not self._is_given(
                facts.parameters, declared, calls, module, function
            ):
                return (*found, Parameter(module, function, name))
            return tuple(found)
        if typed and not useful:
            return tuple(typed)
        if injected:
            return injected
        return (*useful, Parameter(module, function, name))

    def _takes_self(self, module: Module, function: int) -> bool:
        facts = module.facts.functions[function]
        return bool(facts.parameters) and self.is_receiver(module, function, facts.parameters[0].name)

    def _is_given(
        self,
        parameters: tuple[ParameterFacts, ...],
        declared: ParameterFacts,
        calls: tuple[Bound, ...],
        module: Module,
        function: int,
    ) -> bool:
        """True when some caller in the project passes the parameter, or every caller has to."""
        if declared.kind == "**":
            return False  # whatever the callers here pass, others may pass more
        if declared.kind != "*" and declared.default is None:
            return True
        for call in calls:
            assert isinstance(call.value, Result)
            site = call.frame.module.facts.calls[call.value.site]
            skip = self._skips_self(module, function, site, call.frame)
            given = bind(parameters, site, call.frame, skip=skip).get(declared.name)
            is_left_out = given is not None and (given.frame is _DEFAULT or _is_empty(given.value))
            if not is_left_out:
                return True
        return False

    def _skips_self(self, module: Module, function: int, call: CallSite, frame: Frame) -> bool:
        """True when a call of a method does not give `self` itself: all do but `Base.method(self, ...)`."""
        if not self._takes_self(module, function):
            return False
        terms = self.resolve(call.callee, frame)
        return not any(
            isinstance(term, Function) and term.module is module and term.index == function and term.receiver is None
            for term in terms
        )

    def _default(self, declared: ParameterFacts, module: Module) -> Terms:
        if declared.default is None:
            return (Unknown("a required argument is missing"),)
        return self.resolve(declared.default, module.top)

    def _injected(self, declared: ParameterFacts, module: Module) -> Terms:
        """FastAPI's `Depends(f)`, as default or inside `Annotated`: what `f` returns."""
        for value in (declared.default, declared.annotation):
            if value is None:
                continue
            for candidate in _annotated_parts(value):
                if not isinstance(candidate, Result):
                    continue
                site = module.facts.calls[candidate.site]
                rows = [
                    self.frameworks.values.find(name_of(callee)) for callee in self.resolve(site.callee, module.top)
                ]
                row = next((row for row in rows if row is not None and row.effect == "injected"), None)
                provider = place(site.arguments, row.value) if row is not None else None
                if provider is not None:
                    made = [
                        term
                        for maker in self.resolve(provider, module.top)
                        for term in self.called(maker, module, candidate.site, module.top, bare=True)
                    ]
                    return tuple(term for maker in made for term in self._enter(maker))
        return ()

    def typed(self, annotation: Value | None, frame: Frame) -> Terms:
        """Objects of an annotated type whose making is not known: project instances, or a call-less external."""
        if annotation is None:
            return ()
        found: list[Term] = []
        for value in _annotated_parts(annotation):
            if value == Const(None):
                continue
            for term in self.resolve(value, frame):
                if isinstance(term, Class):
                    if not self._is_value_class(term):
                        found.append(Instance(term, None, None))
                elif isinstance(term, External) and "." in term.name and not term.name.startswith(NOT_OBJECTS):
                    found.append(Typed(term.name))
        return tuple(found)

    def _is_value_class(self, cls: Class) -> bool:
        return any(name_of(base).endswith(("Enum", "TypedDict")) for base in self.bases(cls))

    # calls

    def _result(self, site: int, frame: Frame) -> Iterable[Term]:
        call = frame.module.facts.calls[site]
        found: list[Term] = []
        for callee in self.resolve(call.callee, frame):
            found.extend(self.called(callee, frame.module, site, frame))
        return found

    def called(self, callee: Term, module: Module, site: int, frame: Frame, *, bare: bool = False) -> Iterable[Term]:
        """What calling a term gives. `bare`: the framework calls it, not the call expression at `site`."""
        match callee:
            case Function():
                return self._returned(callee, module, site, frame, bare=bare)
            case Class():
                if bare:
                    return (Instance(callee, None, None),)
                return (Instance(callee, site, frame),)
            case Instance():
                method = self.method(callee.cls, "__call__")
                if method is not None:
                    bound = Function(method.module, method.index, callee)
                    return self._returned(bound, module, site, frame, bare=bare)
                return (Made(callee, module, site, frame),)
            case External() | Attribute():
                return self._external(callee, module, site, frame)
        return (Made(callee, module, site, frame),)

    def _returned(self, callee: Function, module: Module, site: int, frame: Frame, *, bare: bool) -> Iterable[Term]:
        facts = callee.facts
        inner = self.activation(callee, module.facts.calls[site], frame, bare=bare)
        if facts.is_generator:
            return (Compound("generator", tuple(Bound(value, inner) for value in facts.yields)),)
        if inner.depth > MAX_DEPTH:
            return (Unknown("calls are nested too deeply"),)
        returns = [term for value in facts.returns for term in self.resolve(value, inner)]
        if not facts.returns:
            return (NOTHING,)
        decided = [term for term in returns if not isinstance(term, Unknown)]
        if not decided and facts.annotation is not None:
            typed = self.typed(facts.annotation, callee.module.top)
            return typed or returns
        return returns

    def activation(self, callee: Function, call: CallSite, frame: Frame, *, bare: bool = False) -> Frame:
        """The frame of one call of a function."""
        if frame.depth >= MAX_CONTEXT and callee.closure in (None, callee.module.top):
            return self.frame_of(callee.module, callee.index)
        facts = callee.facts
        skip = self._takes_self(callee.module, callee.index) and callee.receiver is not None
        if bare or not call.arguments:
            return self._plain_activation(callee, frame, bare=bare, skip=skip)
        arguments = bind(facts.parameters, call, frame, skip=skip)
        for name, argument in arguments.items():
            if argument.frame is _DEFAULT:
                arguments[name] = Bound(argument.value, callee.module.top)
        return Frame(
            module=callee.module,
            function=callee.index,
            arguments=arguments,
            receiver=callee.receiver,
            closure=callee.closure,
            depth=frame.depth + 1,
        )

    def _plain_activation(self, callee: Function, frame: Frame, *, bare: bool, skip: bool) -> Frame:
        """The frame of a call without arguments: one for each receiver, however often it is called."""
        key = (callee.module, callee.index, callee.receiver, callee.closure, bare)
        try:
            known = self._plain_activations.get(key)
        except TypeError:  # a receiver that holds a constant of an unhashable kind
            known = None
        if known is not None:
            return known
        parameters = callee.facts.parameters[1:] if skip else callee.facts.parameters
        arguments = {
            item.name: Bound(item.default, callee.module.top) for item in parameters if item.default is not None
        }
        made = Frame(
            module=callee.module,
            function=callee.index,
            arguments=None if bare else arguments,
            receiver=callee.receiver,
            closure=callee.closure,
            depth=frame.depth + 1,
        )
        self._plain_activations[key] = made
        return made

    def _external(self, callee: External | Attribute, module: Module, site: int, frame: Frame) -> Iterable[Term]:
        made = Made(callee, module, site, frame)
        call = module.facts.calls[site]
        if isinstance(callee, Attribute) and isinstance(callee.base, Mapping | Sequence):
            return self._container_method(callee, call, frame)
        name = name_of(callee)
        if not name or name.startswith("."):
            return self._followed(f".{callee.name}", callee, module, site, frame) or (made,)
        reader = self.frameworks.env_readers.find(name)
        if reader is not None:
            return (self._environment(reader.variable, reader.default, call, frame),)
        followed = self._followed(name, callee, module, site, frame)
        if followed:
            return followed
        wrapper = self.frameworks.values.find(name)
        if wrapper is not None and wrapper.effect in ("same", "number", "text", "awaited"):
            value = place(call.arguments, wrapper.value)
            if value is not None:
                inner = self.resolve(value, frame)
                if wrapper.effect in ("same", "awaited"):
                    return inner
                return [_converted(name, term) for term in inner]
        return (made,)

    def _followed(
        self, name: str, callee: External | Attribute, module: Module, site: int, frame: Frame
    ) -> Iterable[Term]:
        """Calls that give what something else gives: a thread's result, an entered context, a name at run time."""
        arguments = module.facts.calls[site].arguments
        first = place(arguments, ("@0",))
        if first is None:
            return ()
        if name in ("importlib.import_module", "__import__"):
            module_name = self.one(first, frame)
            if isinstance(module_name, Known) and isinstance(module_name.value, str) and module_name.value[:1] != ".":
                return self.resolve(Imported(module_name.value, "", 0), frame)
        elif name == "getattr":
            wanted = place(arguments, ("@1",))
            attribute = self.one(wanted, frame) if wanted is not None else Unknown("")
            if isinstance(attribute, Known) and isinstance(attribute.value, str):
                return [term for owner in self.resolve(first, frame) for term in self.attribute(owner, attribute.value)]
        elif name.rpartition(".")[2] in ("enter_context", "enter_async_context"):
            return [term for manager in self.resolve(first, frame) for term in self._enter(manager)]
        else:
            row = self.frameworks.offloads.find(name, module.imports)
            function = place(arguments, row.function) if row is not None and not row.detached else None
            if function is not None and row is not None and row.form == "call":
                return [
                    term
                    for target in self.resolve(function, frame)
                    if isinstance(target, Function | Class)
                    for term in self.called(target, module, site, frame, bare=True)
                ]
        return ()

    def _environment(
        self, variable: tuple[str, ...], default: tuple[str, ...], call: CallSite, frame: Frame
    ) -> Environment:
        named = place(call.arguments, variable)
        name = self.one(named, frame) if named is not None else Unknown("")
        fallback = place(call.arguments, default)
        value: Known | Secret | None = NOTHING
        if fallback is not None:
            term = self.one(fallback, frame)
            value = term if isinstance(term, Known | Secret) else None
        return Environment(str(name.value) if isinstance(name, Known) else "", value)

    def _container_method(self, callee: Attribute, call: CallSite, frame: Frame) -> Iterable[Term]:
        owner = callee.base
        if isinstance(owner, Mapping) and callee.name in ("get", "pop", "setdefault") and call.arguments:
            found = list(self._item(owner, Bound(call.arguments[0].value, frame)))
            missing = [term for term in found if isinstance(term, Unknown) and term.why == "no such key"]
            if missing:
                rest = [term for term in found if term not in missing]
                if len(call.arguments) > 1:
                    return [*rest, *self.resolve(call.arguments[1].value, frame)]
                return [*rest, NOTHING]
            return found
        if callee.name == "copy":
            return (owner,)
        return (Unknown(f"the result of `{callee.name}`"),)

    # attributes and items

    def attribute(self, owner: Term, name: str) -> Iterable[Term]:
        """`owner.name`"""
        match owner:
            case Package(module):
                return self._module_attribute(module, name)
            case External(dotted):
                return self._shared(owner, name) or (External(f"{dotted}.{name}"),)
            case Made() if name_of(owner.callee) == "super":
                return self._of_super(owner, name)
            case Attribute(_, "state"):
                return self._shared(owner, name) or (Attribute(owner, name),)
            case Instance():
                found = tuple(self._instance_attribute(owner, name))
                return self._with_overrides(owner, name, found) if owner.site is None else found
            case Class():
                return self._class_attribute(owner, name)
            case Function() if name == "__wrapped__":
                return (owner,)
            case Known() if isinstance(owner.value, str):
                return (Attribute(owner, name),)
        return (Attribute(owner, name),)

    def _of_super(self, owner: Made, name: str) -> Iterable[Term]:
        """`super().name`"""
        facts = owner.module.facts.functions[owner.call.function]
        if facts.owner < 0:
            return (Attribute(owner, name),)
        cls = Class(owner.module, facts.owner)
        classes, outside = self.ancestry(cls)
        is_class = any(isinstance(item, Global) and item.name == "classmethod" for item in facts.decorators)
        receiver: Term = cls if is_class else Instance(cls, None, None)
        for at in classes[1:]:
            index = at.facts.methods.get(name)
            if index is not None:
                return (Function(at.module, index, receiver),)
        for base in outside:
            dotted = name_of(base)
            if dotted and name != "__init__":
                return (External(f"{dotted}.{name}"),) if is_class else (Attribute(Typed(dotted), name),)
        return (Attribute(owner, name),)

    def _shared(self, owner: External | Attribute, name: str) -> Terms:
        """What the project assigns to an attribute of an object it shares: `app.state.client`, Flask's `g.client`."""
        found: list[Term] = []
        for module in list(self.program.modules.values()):
            for change in module.facts.assignments:
                if change.key != name or not isinstance(change.key, str) or isinstance(change.base, Param):
                    continue
                if isinstance(owner, Attribute):
                    if isinstance(change.base, Attr) and change.base.name == owner.name:
                        found.extend(self.resolve(change.value, self.frame_of(module, change.function)))
                elif isinstance(change.base, Imported | Global | Attr):
                    frame = self.frame_of(module, change.function)
                    if any(term == owner for term in self.resolve(change.base, frame)):
                        found.extend(self.resolve(change.value, frame))
        return tuple(term for term in found if term != NOTHING)

    def _module_attribute(self, module: Module, name: str) -> Iterable[Term]:
        if name in module.facts.globals:
            return self._with_writes(self.resolve(Global(name), module.top), module, name)
        sub = self.program.submodule(module.path, name)
        inner = self.program.module(sub) if sub is not None else None
        if inner is not None:
            return (Package(inner),)
        return self._global(name, module) if module.facts.star_imports else (Unknown(f"the module has no `{name}`"),)

    def bases(self, cls: Class) -> Terms:
        """The direct base classes."""
        return tuple(term for base in cls.facts.bases for term in self.resolve(base, cls.module.top))

    def ancestry(self, cls: Class) -> tuple[list[Class], list[Term]]:
        """The class and its project ancestors, nearest first, and the bases from outside the project."""
        seen: list[Class] = []
        outside: list[Term] = []
        queue = [cls]
        while queue and len(seen) < 30:
            at = queue.pop(0)
            if any(at.module is old.module and at.index == old.index for old in seen):
                continue
            seen.append(at)
            for base in self.bases(at):
                if isinstance(base, Class):
                    queue.append(base)
                else:
                    outside.append(base.base if isinstance(base, ItemOf) else base)
        return seen, outside

    def method(self, cls: Class, name: str) -> Function | None:
        """A method of the class or its project ancestors, unbound."""
        for at in self.ancestry(cls)[0]:
            index = at.facts.methods.get(name)
            if index is not None:
                return Function(at.module, index)
        return None

    def _class_attribute(self, cls: Class, name: str) -> Iterable[Term]:
        for at in self.ancestry(cls)[0]:
            index = at.facts.methods.get(name)
            if index is not None:
                method = Function(at.module, index)
                is_bound = any(
                    isinstance(item, Global) and item.name == "classmethod" for item in method.facts.decorators
                )
                return (Function(at.module, index, cls if is_bound else None),)
            if name in at.facts.attributes:
                found = self.resolve(at.facts.attributes[name], at.module.top)
                return self._with_writes(found, cls, name)
        return (Attribute(cls, name),)

    def _instance_attribute(self, owner: Instance, name: str) -> Iterable[Term]:
        classes, outside = self.ancestry(owner.cls)
        for at in classes:
            index = at.facts.methods.get(name)
            if index is None:
                continue
            method = Function(at.module, index, owner)
            if any(self._is_property(decorator, at.module) for decorator in method.facts.decorators):
                frame = Frame(module=at.module, function=index, arguments={}, receiver=owner)
                returns = [term for value in method.facts.returns for term in self.resolve(value, frame)]
                return returns or (Unknown("a property without a value"),)
            return (method,)
        written = self._written(owner, classes, name)
        if written:
            return self._with_writes(written, owner.cls, name)
        for at in classes:
            if name in at.facts.attributes or name in at.facts.annotations:
                found = self._field(owner, at, name, outside)
                return self._with_writes(found, owner.cls, name) if found else (Attribute(owner, name),)
        return (Attribute(owner, name),)

    def _with_overrides(self, owner: Instance, name: str, found: Terms) -> Terms:
        """An object of which only a base class is known may be of any of its subclasses."""
        others: list[Term] = []
        for sub in self.subclasses_of(owner.cls):
            if name in sub.facts.methods or name in sub.facts.attributes or name in self._changes(sub):
                others.extend(self._instance_attribute(Instance(sub, None, None), name))
        if not others:
            return found
        kept = [term for term in found if not (isinstance(term, Function) and _is_abstract(term)) and term != NOTHING]
        return (*kept, *others)

    def _with_writes(self, found: Terms, owner: Class | Module, name: str) -> Terms:
        """The values of an attribute that is also assigned, or whose dict is changed, where `self.name = ...` in the
        methods of the class does not tell: `Settings.timeout = x`, `bot.timeout = 30`, `self.options["x"] = y`."""
        place = self._written_elsewhere(owner, name)
        if not place:
            return found
        why = f"`{name}` is also changed at {place}"
        if all(isinstance(term, Mapping) for term in found):
            rest = Entry("splat", None, Opaque(why), None, True)
            return tuple(
                Mapping(DictOf((*term.value.entries, rest), term.value.touched), term.frame)
                for term in found
                if isinstance(term, Mapping)
            )
        return (*found, Unknown(why))

    def _written_elsewhere(self, owner: Class | Module, name: str) -> str:
        """Where an attribute of a class's objects or of a module is changed from outside; empty when nowhere."""
        key = (owner, name)
        known = self._writes.get(key)
        if known is None:
            self._writes[key] = ""  # while the answer is looked for, the question may come up again
            known = self._find_write(owner, name)
            self._writes[key] = known
        return known

    def _find_write(self, owner: Class | Module, name: str) -> str:
        for module, base, function, line in self._writes_of(name):
            if self._is_of(base, module, function, owner):
                return f"{module.path}:{line}"
        return ""

    def _writes_of(self, name: str) -> list[tuple[Module, Value, int, int]]:
        """(module, object, function, line) of everything that changes an attribute of that name in place."""
        for path, module in list(self.program.modules.items()):
            if path in self._write_indexed:
                continue
            self._write_indexed.add(path)
            for change in module.facts.assignments:
                base = change.base
                if isinstance(change.key, str):
                    if isinstance(base, Param) and self.is_receiver(module, base.function, base.name):
                        continue  # `self.name = ...` is read with the class it stands in
                    where = (module, base, change.function, change.span.line)
                    self._write_index.setdefault(change.key, []).append(where)
                elif isinstance(base, Attr):
                    where = (module, base.base, change.function, change.span.line)
                    self._write_index.setdefault(base.name, []).append(where)
            for call in module.facts.calls:
                callee = call.callee
                if (
                    isinstance(callee, Attr)
                    and callee.name in ("update", "setdefault")
                    and isinstance(callee.base, Attr)
                ):
                    where = (module, callee.base.base, call.function, call.span.line)
                    self._write_index.setdefault(callee.base.name, []).append(where)
        return self._write_index.get(name, [])

    def _is_of(self, base: Value, module: Module, function: int, owner: Class | Module) -> bool:
        """True when a value is an object of the class (or the class itself), or the module."""
        for term in self.resolve(base, self.frame_of(module, function)):
            if isinstance(owner, Module):
                if isinstance(term, Package) and term.module is owner:
                    return True
                continue
            cls = term.cls if isinstance(term, Instance) else term
            if isinstance(cls, Class) and any(at == owner for at in self.ancestry(cls)[0]):
                return True
        return False

    def _is_property(self, decorator: Value, module: Module) -> bool:
        return any(
            name_of(term).rpartition(".")[2] in ("property", "cached_property", "abstractproperty")
            for term in self.resolve(decorator, module.top)
        )

    def _written(self, owner: Instance, classes: list[Class], name: str) -> Terms:
        """What the methods of the class assign to `self.name`; None gives way to anything else."""
        found: list[Term] = []
        for at in classes:
            for change in self._changes(at).get(name, ()):
                found.extend(self.resolve(change.value, self._method_frame(owner, at, change.function)))
            if found:
                break
        rest = [term for term in found if term != NOTHING]
        return tuple(rest or found)

    def _method_frame(self, owner: Instance, at: Class, function: int) -> Frame:
        facts = at.module.facts.functions[function]
        if facts.name == "__init__" and owner.site is not None and owner.frame is not None:
            init = Function(at.module, function, owner)
            if self.method(owner.cls, "__init__") == init or self._same(self.method(owner.cls, "__init__"), init):
                call = owner.frame.module.facts.calls[owner.site]
                return self._activation_memo(init, call, owner)
        return self.frame_of(at.module, function)

    def _activation_memo(self, init: Function, call: CallSite, owner: Instance) -> Frame:
        assert owner.frame is not None
        key = (id(owner.frame), owner.site or 0, init.index)
        known = self._activations.get(key)
        if known is None:
            known = (owner.frame, self.activation(init, call, owner.frame))
            self._activations[key] = known
        return known[1]

    @staticmethod
    def _same(first: Function | None, second: Function) -> bool:
        return first is not None and first.module is second.module and first.index == second.index

    def _changes(self, cls: Class) -> dict[str, list[Assignment]]:
        """The assignments to attributes of `self` in the methods of one class, by attribute."""
        key = (cls.module.path, cls.index)
        index = self._attribute_index.get(key)
        if index is None:
            index = {}
            facts = cls.module.facts
            for change in facts.assignments:
                if not isinstance(change.key, str) or not isinstance(change.base, Param):
                    continue
                function = facts.functions[change.base.function]
                if function.owner == cls.index and self.is_receiver(cls.module, change.base.function, change.base.name):
                    index.setdefault(change.key, []).append(change)
            self._attribute_index[key] = index
        return index

    def _field(self, owner: Instance, at: Class, name: str, outside: list[Term]) -> Terms:
        """A class-level attribute: a plain one, or a dataclass, pydantic or settings field."""
        is_settings = any(self.frameworks.settings_bases.find(name_of(base)) for base in outside)
        has_init = self.method(owner.cls, "__init__") is not None
        value = at.facts.attributes.get(name)
        found: Terms = self.resolve(value, at.module.top) if value is not None else ()
        if name in at.facts.annotations and not has_init and not is_settings:
            made = [(owner.site, owner.frame)] if owner.site is not None and owner.frame is not None else []
            if not made:
                made = [
                    (bound.value.site, bound.frame)
                    for bound in self.makers_of(owner.cls)
                    if isinstance(bound.value, Result)
                ]
            given = [self._given(at, name, frame.module.facts.calls[site], frame) for site, frame in made]
            if made and all(terms is not None for terms in given):
                return tuple(term for terms in given if terms is not None for term in terms)
            if made and (found or any(given)):
                defaults = tuple(_field_default(self, term) for term in found)
                if all(terms is None for terms in given) and self.is_public_class(at):
                    return (*defaults, Unknown(f"users of the library may give `{name}`"))
                return tuple(term for terms in given for term in (terms if terms is not None else defaults))
        defaults = tuple(_field_default(self, term) for term in found)
        if is_settings:
            known = defaults[0] if len(defaults) == 1 and isinstance(defaults[0], Known) else None
            return (Environment(name.upper(), known),)
        if has_init and not defaults:
            return self._given_to_super(owner, at, name) or self.typed(at.facts.annotations.get(name), at.module.top)
        if name in at.facts.annotations and not has_init:
            typed = self.typed(at.facts.annotations[name], at.module.top)
            useful = [term for term in defaults if term != NOTHING and not isinstance(term, Unknown)]
            if owner.site is not None and defaults:
                return defaults
            if useful and not typed:
                return (*useful, Unknown(f"the field `{name}` may be given when the object is made"))
            return (*useful, *typed) or (Unknown(f"the field `{name}` is given when the object is made"),)
        return defaults

    def _given_to_super(self, owner: Instance, at: Class, name: str) -> Terms:
        """What the class's own `__init__` hands to an outside base: `super().__init__(client=OpenAI())`."""
        index = at.facts.methods.get("__init__")
        for call in at.module.facts.calls:
            if call.function != index or not isinstance(call.callee, Attr) or call.callee.name != "__init__":
                continue
            for argument in call.arguments:
                if argument.keyword == name:
                    return self.resolve(argument.value, self._method_frame(owner, at, call.function))
        return ()

    def _given(self, cls: Class, name: str, call: CallSite, frame: Frame) -> Terms | None:
        """What a construction gives for a field of a dataclass or model; None when it leaves it to the default."""
        for argument in call.arguments:
            if argument.keyword == name:
                return self.resolve(argument.value, frame)
        if any(argument.stars for argument in call.arguments):
            return (Unknown(f"the field `{name}` may be in what is splatted"),)
        positional = [argument.value for argument in call.arguments if argument.keyword is None]
        position = list(cls.facts.annotations).index(name)
        return self.resolve(positional[position], frame) if position < len(positional) else None

    def _item(self, owner: Term, key: Bound) -> Iterable[Term]:
        from prodlint.link.lookup import Absent, Present, lookup  # needs this module

        if isinstance(owner, Mapping):
            name = self.one(key.value, key.frame)
            if not isinstance(name, Known):
                return (Unknown("the key is not constant"),)
            found: list[Term] = []
            for choice in lookup(self, owner, name.value):
                if isinstance(choice, Present):
                    found.extend(self.all(choice.bound))
                elif isinstance(choice, Absent):
                    found.append(Unknown("no such key"))
                else:
                    found.append(Unknown(choice.why))
            return found
        if isinstance(owner, Sequence):
            index = self.one(key.value, key.frame)
            items = owner.value.items
            at = index.value if isinstance(index, Known) else None
            if isinstance(at, int) and not owner.value.open and -len(items) <= at < len(items):
                return self.resolve(items[at], owner.frame)
            return (ItemOf(owner, key),)
        mapping = name_of(owner)
        if mapping and self.frameworks.env_readers.find(mapping) is not None and not mapping.endswith("get"):
            term = self.one(key.value, key.frame)
            return (Environment(str(term.value) if isinstance(term, Known) else "", None),)
        return (ItemOf(owner, key),)

    def _element(self, owner: Term, base: Value, frame: Frame) -> Iterable[Term]:
        if isinstance(owner, Sequence) and not owner.value.open and 0 < len(owner.value.items) <= 4:
            return [term for item in owner.value.items for term in self.resolve(item, owner.frame)]
        return (Compound("element", (Bound(base, frame),)),)

    def _enter(self, manager: Term) -> Iterable[Term]:
        """What `with manager as x` binds."""
        if isinstance(manager, Compound) and manager.kind == "generator":
            return [term for bound in manager.operands for term in self.all(bound)]
        if isinstance(manager, Instance):
            for name in ("__enter__", "__aenter__"):
                method = self.method(manager.cls, name)
                if method is not None:
                    frame = Frame(module=method.module, function=method.index, arguments={}, receiver=manager)
                    found = [term for value in method.facts.returns for term in self.resolve(value, frame)]
                    return found or (manager,)
        return (manager,)


_DEFAULT = Frame(module=None, function=-1)  # type: ignore[arg-type]  # a mark: the parameter's default applies


def _is_abstract(function: Function) -> bool:
    """True for a method that gives nothing: it raises, or is there to be overridden."""
    facts = function.facts
    return not facts.returns and not facts.yields


def _is_empty(value: Value) -> bool:
    """What `*args` and `**kwargs` get from a call that gives them nothing."""
    return (isinstance(value, DictOf) and not value.entries) or (isinstance(value, SeqOf) and not value.items)


def _is_vague(term: Term) -> bool:
    """True for what says less of an object than an annotation does."""
    if isinstance(term, Unknown | Parameter):
        return True
    root: Term = term
    while isinstance(root, Attribute | ItemOf):
        root = root.base
    return root is not term and isinstance(root, Unknown | Parameter | Typed | Instance)


def _optional(term: Term) -> Term:
    """A parameter's value where it is known to be given."""
    if isinstance(term, Parameter):
        return INJECTED
    return Typed(term.name, True) if isinstance(term, Typed) else term


def _annotated_parts(value: Value) -> list[Value]:
    """The types an annotation allows: the sides of `X | Y`, the inside of `Optional[X]`, `Annotated[X, ...]`."""
    match value:
        case Op("|", operands):
            return [part for operand in operands for part in _annotated_parts(operand)]
        case Item(base, SeqOf("tuple", items, _)):
            return [part for item in items for part in _annotated_parts(item)]
        case Item(base, index):
            return [base, *_annotated_parts(index)]
    return [value]


def place(arguments: tuple[Argument, ...], places: tuple[str, ...]) -> Value | None:
    """The argument at the first of these places that is given: `@0` or a keyword."""
    positional = [argument.value for argument in arguments if argument.keyword is None and not argument.stars]
    starred = any(argument.stars == 1 for argument in arguments)
    for where in places:
        if where.startswith("@"):
            index = int(where[1:])
            if index < len(positional) and not starred:
                return positional[index]
        else:
            for argument in arguments:
                if argument.keyword == where:
                    return argument.value
    return None


def bind(parameters: tuple[ParameterFacts, ...], call: CallSite, frame: Frame, *, skip: bool) -> dict[str, Bound]:
    """The arguments of a call by parameter name.

    A parameter that the call leaves out is bound to its default in the frame `_DEFAULT`; one that may be filled from
    a splat is left out, unless the splat is a visible dict, which the caller of this function cannot know: it is
    bound to the item of the dict.
    """
    declared = list(parameters[1:] if skip else parameters)
    positional = [argument for argument in call.arguments if argument.keyword is None and argument.stars == 0]
    has_star = any(argument.stars == 1 for argument in call.arguments)
    splats = [argument for argument in call.arguments if argument.stars == 2]
    keywords = {argument.keyword: argument for argument in call.arguments if argument.keyword is not None}
    bound: dict[str, Bound] = {}
    names = {item.name for item in declared if item.kind in ("positional", "keyword")}
    position = 0
    for item in declared:
        if item.kind == "*":
            rest = tuple(argument.value for argument in positional[position:])
            bound[item.name] = Bound(SeqOf("tuple", rest, has_star), frame)
            position = len(positional)
        elif item.kind == "**":
            entries = [
                Entry("set", Const(name), argument.value, argument.span, False)
                for name, argument in keywords.items()
                if name not in names
            ]
            entries = [Entry("splat", None, argument.value, argument.span, False) for argument in splats] + entries
            bound[item.name] = Bound(DictOf(tuple(entries), ()), frame)
        elif item.kind == "positional" and position < len(positional):
            bound[item.name] = Bound(positional[position].value, frame)
            position += 1
        elif item.name in keywords:
            bound[item.name] = Bound(keywords[item.name].value, frame)
        elif has_star or splats:
            if splats and not has_star:
                default = item.default if item.default is not None else Opaque("a required argument is missing")
                bound[item.name] = Bound(Op("get", (splats[-1].value, Const(item.name), default)), frame)
        elif item.default is not None:
            bound[item.name] = Bound(item.default, _DEFAULT)
        else:
            bound[item.name] = Bound(Opaque("a required argument is missing"), frame)
    return bound


def _converted(name: str, term: Term) -> Term:
    """`int("30")`, `float(os.getenv("X", "30"))`."""
    convert = {"int": int, "float": float, "str": str, "bool": bool}.get(name.rpartition(".")[2])
    if isinstance(term, Known) and convert is not None and term.value is not None:
        try:
            return Known(convert(term.value))
        except (ValueError, TypeError, OverflowError):
            return Unknown("a conversion that fails")
    if isinstance(term, Environment):
        default = _converted(name, term.default) if term.default is not None else None
        return Environment(term.name, default if isinstance(default, Known | Secret) else None)
    if isinstance(term, Known | Parameter | Unknown):
        return Unknown("converted at run time")
    return term


def _field_default(resolver: Resolver, term: Term) -> Term:
    """The default of `field(default=...)`, `Field(...)`, `field(default_factory=f)`."""
    if isinstance(term, Made) and name_of(term.callee).rpartition(".")[2] in ("field", "Field", "attrib", "ib"):
        call = term.call
        value = place(call.arguments, ("default", "@0"))
        if value is not None:
            found = resolver.resolve(value, term.frame)
            return found[0] if len(found) == 1 else Unknown("several defaults are possible")
        factory = place(call.arguments, ("default_factory", "factory"))
        if factory is not None:
            for callee in resolver.resolve(factory, term.frame):
                made = tuple(resolver.called(callee, term.module, term.site, term.frame, bare=True))
                if isinstance(callee, External):
                    return Made(callee, term.module, term.site, term.frame)
                if len(made) == 1:
                    return made[0]
        return Unknown("a field without a default")
    return term


__all__ = ["Folder", "Resolver", "bind", "name_of", "place"]
