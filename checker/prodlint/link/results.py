"""What a call gives: a function's returns, an object, a value of a known library, or something made outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prodlint.facts import NONE, Argument, Attr, CallSite, Const, Elsewhere, Param, Result, Value
from prodlint.link.binding import fixed_arguments, is_empty, place
from prodlint.link.steps import READING
from prodlint.link.terms import (
    NOTHING,
    Attribute,
    Bound,
    Class,
    Compound,
    Environment,
    External,
    Frame,
    Function,
    Instance,
    ItemOf,
    Known,
    Made,
    Mapping,
    Module,
    Parameter,
    Secret,
    Sequence,
    Term,
    Terms,
    Unknown,
    name_of,
)
from prodlint.values import replace

if TYPE_CHECKING:
    from prodlint.link.resolve import Resolver


MAX_CALLS = 60
"""Nested calls after which what is returned is Unknown."""


class Results:
    """Values of calls."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._completions: dict[tuple[str, int, str, int, int], tuple[CallSite, Frame]] = {}
        """Calls of partials by their places, so that one call makes one frame."""

    def of_call(self, site: int, frame: Frame) -> Iterable[Term]:
        """What the call expression at `site` gives."""
        call = frame.module.facts.calls[site]
        found: list[Term] = []
        for callee in self.resolver.resolve(call.callee, frame):
            found.extend(self.called(callee, frame.module, site, frame))
        is_open = all(isinstance(term, Made) and (term.module, term.site) == (frame.module, site) for term in found)
        return (self.resolver.containers.result(call, frame) if is_open else ()) or found

    def called(self, callee: Term, module: Module, site: int, frame: Frame, *, bare: bool = False) -> Iterable[Term]:
        """What calling a term gives. `bare`: the framework calls it, not the call expression at `site`."""
        found = self._called(callee, module, site, frame, bare=bare)
        if not bare:
            return found
        return [
            replace(term, bare=True) if isinstance(term, Made) and (term.module, term.site) == (module, site) else term
            for term in found
        ]

    def _called(self, callee: Term, module: Module, site: int, frame: Frame, *, bare: bool) -> Iterable[Term]:
        match callee:
            case Function():
                return self._returned(callee, module, site, frame, bare=bare)
            case Class():
                if bare:
                    return (Instance(callee, None, None),)
                return (Instance(callee, site, frame),)
            case Instance():
                method = self.resolver.classes.method(callee.cls, "__call__")
                if method is not None:
                    bound = Function(method.module, method.index, callee)
                    return self._returned(bound, module, site, frame, bare=bare)
                return (Made(callee, module, site, frame),)
            case Attribute(Made(callee=External("super")), "__new__") | External("object.__new__"):
                return self._allocated(module, site, frame)
            case External() | Attribute():
                return self._external(callee, module, site, frame)
            case Made():
                return self._completed(callee, module, site, frame, bare=bare) or (Made(callee, module, site, frame),)
        return (Made(callee, module, site, frame),)

    def _allocated(self, module: Module, site: int, frame: Frame) -> Terms:
        """`super().__new__(cls)`: an object of the class."""
        value = place(module.facts.calls[site].arguments, ("@0",))
        found = self.resolver.resolve(value, frame) if value is not None else ()
        made = tuple(Instance(term, None, None) for term in found if isinstance(term, Class))
        return made or (Unknown("an object of a class that is not known"),)

    def _completed(self, held: Made, module: Module, site: int, frame: Frame, *, bare: bool) -> list[Term]:
        """What a call of `partial(f, ...)` gives: `f` with the arguments of both. What a framework calls is made where
        it was put together."""
        row = self.resolver.frameworks.values.find(name_of(held.callee))
        function = place(held.call.arguments, row.value) if row is not None and row.effect == "partial" else None
        if function is None:
            return []
        found: list[Term] = []
        for target in self.resolver.resolve(function, held.frame):
            if isinstance(target, External) and bare:
                found.append(Made(target, held.module, held.site, held.frame, held, bare=True))
            elif isinstance(target, External):
                found.append(Made(target, module, site, frame, held))
            elif isinstance(target, Function):
                call = self._with_fixed(held, module, site)
                found.extend(self._returned(target, module, site, frame, bare=False, call=call))
            elif isinstance(target, Unknown | Parameter):
                found.append(Unknown("what is called with arguments fixed beforehand is not known"))
        return found

    def _with_fixed(self, held: Made, module: Module, site: int) -> CallSite:
        """The call with the arguments that are fixed beforehand in front of its own."""
        key = (module.path, site, held.module.path, held.site, id(held.frame))
        known = self._completions.get(key)
        if known is None:
            call = module.facts.calls[site]
            given = {argument.keyword for argument in call.arguments if argument.keyword is not None}
            fixed = tuple(
                item._replace(value=Elsewhere(item.value, held.frame))
                for item in fixed_arguments(held.call)
                if item.keyword not in given
            )
            known = self._completions[key] = (call._replace(arguments=(*fixed, *call.arguments)), held.frame)
        return known[0]

    def _returned(
        self,
        callee: Function,
        module: Module,
        site: int,
        frame: Frame,
        *,
        bare: bool,
        call: CallSite | None = None,
    ) -> Iterable[Term]:
        facts = callee.whole
        call = call if call is not None else module.facts.calls[site]
        inner = self.resolver.activations.of_call(callee, call, frame, bare=bare)
        if facts.is_generator:
            return (Compound("generator", tuple(Bound(value, inner) for value in facts.yields)),)
        if inner.depth > MAX_CALLS:
            return (Unknown("calls are nested too deeply"),)
        returns = [term for value in facts.returns for term in self.resolver.resolve(value, inner)]
        if not facts.returns:
            return self._unimplemented(callee)
        decided = [term for term in returns if not isinstance(term, Unknown) and not _is_taken_out(term)]
        if not decided and facts.annotation is not None:
            typed = self.resolver.classes.typed(facts.annotation, callee.module.top)
            return typed or returns
        return returns

    def _unimplemented(self, callee: Function) -> Terms:
        """What a function without a `return` gives: None, unless it is there to be overridden."""
        facts = callee.whole
        typed = self.resolver.classes.typed(facts.annotation, callee.module.top)
        if typed:
            return typed
        if facts.raises or (facts.annotation is not None and facts.annotation != Const(None)):
            return (Unknown(f"`{facts.qualname}` is not implemented here"),)
        return (NOTHING,)

    def _external(self, callee: External | Attribute, module: Module, site: int, frame: Frame) -> Iterable[Term]:
        made = Made(callee, module, site, frame)
        call = module.facts.calls[site]
        if isinstance(callee, Attribute) and isinstance(callee.base, Mapping | Sequence):
            return self.resolver.items.method(callee, call, frame)
        name = name_of(callee)
        if not name or name.startswith("."):
            return self._followed(f".{callee.name}", callee, module, site, frame) or (made,)
        reader = self.resolver.frameworks.env_readers.find(name)
        if reader is not None:
            return (self._environment(reader.variable, reader.default, call, frame),)
        followed = self._followed(name, callee, module, site, frame)
        if followed:
            return followed
        wrapper = self.resolver.frameworks.values.find(name)
        if wrapper is not None and wrapper.effect in ("same", "number", "text", "awaited"):
            value = place(call.arguments, wrapper.value)
            if value is not None:
                inner = self.resolver.resolve(value, frame)
                if wrapper.effect in ("same", "awaited"):
                    return inner
                return [_converted(name, term) for term in inner]
        if wrapper is not None and wrapper.effect == "held" and isinstance(callee, Attribute):
            return self._held(callee.base, wrapper.value) or (made,)
        return (made,)

    def _held(self, holder: Term, initial: tuple[str, ...]) -> list[Term]:
        """What an object that holds one value gives (`ContextVar.get`): what it began with, or was `set` to."""
        if not isinstance(holder, Made):
            return []
        value = place(holder.call.arguments, initial)
        found = list(self.resolver.resolve(value, holder.frame)) if value is not None else []
        for name, bound in holder.module.facts.globals.items():
            if bound == Result(holder.site):
                self.resolver.program.read_changes(name)
        for module in list(self.resolver.program.modules.values()):
            for call in module.index.method_calls("set"):
                if not isinstance(call.callee, Attr) or not call.arguments:
                    continue
                frame = self.resolver.frame_of(module, call.function)
                owners = self.resolver.resolve(call.callee.base, frame)
                if any(isinstance(owner, Made) and owner.location == holder.location for owner in owners):
                    found.extend(self.resolver.resolve(call.arguments[0].value, frame))
        return [term for term in found if term != NOTHING]

    def _followed(
        self, name: str, callee: External | Attribute, module: Module, site: int, frame: Frame
    ) -> Iterable[Term]:
        """Calls that give what something else gives: a thread's result, an entered context, a name at run time."""
        arguments = module.facts.calls[site].arguments
        first = place(arguments, ("@0",))
        if first is None:
            return ()
        if name in ("importlib.import_module", "__import__", "sys.modules.get"):
            return self.resolver.names.by_name(Bound(first, frame))
        elif name == "getattr":
            wanted = place(arguments, ("@1",))
            attributes = self.resolver.resolve(wanted, frame) if wanted is not None else ()
            found = [
                term
                for attribute in attributes
                for owner in self.resolver.resolve(first, frame)
                for term in self._named(owner, attribute)
            ]
            return found or (Unknown("the attribute is named at run time"),)
        elif name.rpartition(".")[2] in ("enter_context", "enter_async_context"):
            return [term for manager in self.resolver.resolve(first, frame) for term in self.entered(manager)]
        else:
            row = self.resolver.frameworks.offloads.find(name, module.imports)
            function = place(arguments, row.function) if row is not None and not row.detached else None
            if function is not None and row is not None and row.form == "call":
                is_alone = sum(not self._is_nothing(given, frame) for given in arguments) == 1
                return [
                    term
                    for target in self.resolver.resolve(function, frame)
                    if isinstance(target, Function | Class) or (is_alone and self._makes(target, function))
                    for term in self.called(target, module, site, frame, bare=True)
                ]
        return ()

    def _named(self, owner: Term, name: Term) -> Iterable[Term]:
        """`getattr(owner, name)`"""
        if isinstance(name, Known) and isinstance(name.value, str):
            return self.resolver.members.attribute(owner, name.value)
        return (Unknown("the attribute is named at run time"),)

    def _is_nothing(self, given: Argument, frame: Frame) -> bool:
        """True for `None` and for a splat of nothing."""
        if given.stars != 1:
            return given.value == NONE
        terms = self.resolver.resolve(given.value, frame)
        return all(isinstance(term, Sequence) and is_empty(term.value) for term in terms)

    def _makes(self, target: Term, function: Value) -> bool:
        """True for a class from outside that is named here, and for one with arguments fixed by `partial`, but for no
        other function: a call of those says nothing."""
        if isinstance(target, Made):
            row = self.resolver.frameworks.values.find(name_of(target.callee))
            return row is not None and row.effect == "partial"
        last = target.name.rpartition(".")[2] if isinstance(target, External) else ""
        return last[:1].isupper() and not isinstance(function, Param)

    def _environment(
        self, variable: tuple[str, ...], default: tuple[str, ...], call: CallSite, frame: Frame
    ) -> Environment:
        named = place(call.arguments, variable)
        name = self.resolver.one(named, frame) if named is not None else Unknown("")
        fallback = place(call.arguments, default)
        value: Known | Secret | None = NOTHING
        if fallback is not None:
            term = self.resolver.one(fallback, frame)
            value = term if isinstance(term, Known | Secret) else None
        return Environment(str(name.value) if isinstance(name, Known) else "", value)

    def entered(self, manager: Term) -> Iterable[Term]:
        """What `with manager as x` binds."""
        if isinstance(manager, Compound) and manager.kind == "generator":
            return [term for bound in manager.operands for term in self.resolver.all(bound)]
        if isinstance(manager, Instance):
            for name in ("__enter__", "__aenter__"):
                method = self.resolver.classes.method(manager.cls, name)
                if method is not None:
                    frame = Frame(module=method.module, function=method.index, arguments={}, receiver=manager)
                    found = [term for value in method.whole.returns for term in self.resolver.resolve(value, frame)]
                    return found or (manager,)
        return (manager,)


def _is_taken_out(term: Term) -> bool:
    """True for what is read out of a container whose content is not in sight."""
    callee = term.callee if isinstance(term, Made) else None
    return isinstance(term, ItemOf) or (isinstance(callee, Attribute) and callee.name in READING)


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
