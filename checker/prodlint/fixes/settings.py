"""Settings of calls: into the call, into the object or dict that one of its keywords holds, or into a splatted dict."""

from __future__ import annotations

import libcst as cst

from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.entries import Entry, leaf, parse
from prodlint.fixes.sheet import Changes, Sheet
from prodlint.fixes.tree import Tree, dotted
from prodlint.repairs import PassSetting, ReplaceNumber

CARRIERS = ("to_thread", "partial", "run_in_threadpool")
"""Functions that hand their keywords on to the function they are given."""


def pass_setting(sheet: Sheet, action: PassSetting) -> Changes:
    """The changes that give a call a setting. Raises Refused."""
    call = _call(sheet, action)
    entry = parse(action.spelling)
    positions = [given for given in call.args if given.keyword is None and not given.star]
    if entry.key in action.positional and action.positional.index(entry.key) < len(positions):
        raise Refused(f"`{entry.key}` is given by position")
    changes = Changes()
    _into(sheet, changes, call, entry)
    _import_makers(sheet, changes, call, action)
    return changes


def _call(sheet: Sheet, action: PassSetting) -> cst.Call:
    """The call at a place; of a function that is handed over, the call that takes it."""
    tree = sheet.tree
    span = tree.span(action.call)
    call = tree.at(span, cst.Call)
    if isinstance(call, cst.Call):
        return call
    given = tree.at(span, cst.Arg)
    outer = tree.parent(given) if given is not None else None
    if isinstance(outer, cst.Call) and dotted(outer.func).rpartition(".")[2] in CARRIERS:
        return outer
    raise Refused("there is no call at this place")


def _into(sheet: Sheet, changes: Changes, container: cst.Call | cst.Dict, entry: Entry) -> None:
    """Add an entry to a call or dict, or its parts to what is there under its key already."""
    if isinstance(container, cst.Call):
        given = next((one for one in container.args if one.keyword and one.keyword.value == entry.key), None)
        if given is not None:
            return _into_value(sheet, changes, given.value, entry)
        splatted = _splatted(sheet, container)
        if splatted is not None:
            return _into(sheet, changes, splatted, entry)
        _require_not_removed(sheet, container, entry.key)
    else:
        item = _item(container, entry.key)
        if item is not None:
            return _into_value(sheet, changes, item.value, entry)
    changes.entries.append((container, entry))
    return None


def _item(display: cst.Dict, key: str) -> cst.DictElement | None:
    for element in display.elements:
        if not isinstance(element, cst.DictElement):
            continue
        if isinstance(element.key, cst.SimpleString) and element.key.evaluated_value == key:
            return element
    return None


def _into_value(sheet: Sheet, changes: Changes, value: cst.BaseExpression, entry: Entry) -> None:
    """Add the parts of an entry to the object or dict that stands under its key."""
    if not entry.parts:
        if sheet.tree.code(value) != "None":
            raise Refused(f"`{entry.key}` is given already")
        changes.replacements.append(Replacement(*sheet.tree.range(value), entry.text))
        return
    holder = value
    if isinstance(value, cst.Name):
        local = literal(sheet, value)
        if local is None:
            raise Refused(f"`{value.value}` is not a literal that only this call uses")
        holder = local
    if isinstance(holder, cst.Call) and not _makes(holder, entry):
        raise Refused(f"`{entry.key}` is made by `{dotted(holder.func) or 'another call'}`")
    if not isinstance(holder, cst.Call | cst.Dict):
        raise Refused(f"`{entry.key}` is not written as a call or a dict")
    for part in entry.parts:
        _into(sheet, changes, holder, part)


def _makes(call: cst.Call, entry: Entry) -> bool:
    """True when a call makes the object that the entry's parts belong to."""
    last = dotted(call.func).rpartition(".")[2]
    return last == "dict" or (entry.maker != "" and last == entry.maker.rpartition(".")[2])


def _splatted(sheet: Sheet, call: cst.Call) -> cst.Call | cst.Dict | None:
    """The local literal that a call splats and that nothing else uses."""
    for given in call.args:
        if given.star == "**" and isinstance(given.value, cst.Name):
            found = literal(sheet, given.value)
            if isinstance(found, cst.Dict) or (isinstance(found, cst.Call) and dotted(found.func) == "dict"):
                return found
    return None


def _require_not_removed(sheet: Sheet, call: cst.Call, key: str) -> None:
    """Raises Refused when a key is taken out of a dict before the call splats it: the call shall not have it."""
    tree = sheet.tree
    splatted = {tree.code(given.value) for given in call.args if given.star == "**"}
    for node in tree.within(tree.scope(call)) if splatted else ():
        removed: cst.CSTNode | None = None
        match node:
            case cst.Call(func=cst.Attribute(value=holder, attr=cst.Name(value="pop")), args=[first, *_]):
                removed = first.value
            case cst.Del(
                target=cst.Subscript(value=holder, slice=[cst.SubscriptElement(slice=cst.Index(value=index))])
            ):
                removed = index
        if isinstance(removed, cst.SimpleString) and removed.evaluated_value == key and tree.code(holder) in splatted:
            raise Refused(f"`{key}` is taken out of `{tree.code(holder)}`")


def literal(sheet: Sheet, name: cst.Name) -> cst.Call | cst.Dict | None:
    """The dict display or call that a name is bound to, once, before this use, and with no use but this one; items may
    be set on it. None when it is anything else, and for a name of the module that any other file may import."""
    tree = sheet.tree
    scope: cst.CSTNode = tree.scope(name)
    while True:
        same = [node for node in tree.within(scope) if isinstance(node, cst.Name) and node.value == name.value]
        bound = [node for node in same if _is_bound(tree, node)]
        if bound or scope is tree.module:
            break
        scope = tree.scope(scope)
    if len(bound) != 1 or (scope is tree.module and not _is_private(sheet, name.value)):
        return None
    target = tree.parent(bound[0])
    statement = tree.parent(target) if isinstance(target, cst.AssignTarget) else target
    if not isinstance(statement, cst.Assign | cst.AnnAssign) or tree.scope(statement) is not scope:
        return None
    if isinstance(statement, cst.Assign) and len(statement.targets) != 1:
        return None
    if tree.range(statement)[0] > tree.range(name)[0] and tree.scope(name) is scope:
        return None
    for node in same:
        if node is not name and node is not bound[0] and not _sets_item(sheet, node) and not _is_keyword(sheet, node):
            return None
    value = statement.value
    return value if isinstance(value, cst.Call | cst.Dict) else None


def _is_bound(tree: Tree, name: cst.Name) -> bool:
    """True where an assignment or a parameter gives a name its value."""
    parent = tree.parent(name)
    return isinstance(parent, cst.AssignTarget | cst.Param) or (
        isinstance(parent, cst.AnnAssign) and parent.target is name
    )


def _is_private(sheet: Sheet, name: str) -> bool:
    """True for a module-level name that belongs to this file alone: all of a notebook's, else those with an underscore
    that no text names (`__all__`)."""
    if sheet.tree.cells:
        return True
    return name.startswith("_") and not any(text.raw_value == name for text in sheet.tree.of(cst.SimpleString))


def _is_keyword(sheet: Sheet, name: cst.Name) -> bool:
    """True for the `name` of `name=value` and of `x.name`, which is no use of the variable."""
    parent = sheet.tree.parent(name)
    return (isinstance(parent, cst.Arg) and parent.keyword is name) or (
        isinstance(parent, cst.Attribute) and parent.attr is name
    )


def _sets_item(sheet: Sheet, name: cst.Name) -> bool:
    """True for the `name` of `name[key] = value`."""
    holder = sheet.tree.parent(name)
    return (
        isinstance(holder, cst.Subscript)
        and holder.value is name
        and isinstance(sheet.tree.parent(holder), cst.AssignTarget)
    )


def _import_makers(sheet: Sheet, changes: Changes, call: cst.Call, action: PassSetting) -> None:
    """Give every maker that will be written its name here, and the import it needs."""
    written = [entry for container, entry in changes.entries if isinstance(container, cst.Call)]
    while written:
        entry = written.pop()
        written.extend(entry.parts)
        head, _, rest = entry.maker.partition(".")
        if not head or head == "dict":
            continue
        means = action.names.get(head)
        if means is None:
            raise Refused(f"it is not known where `{head}` comes from")
        whole = sheet.names.call(f"{means}.{rest}", call) if rest else None
        known = whole or sheet.names.call(means, call)
        if known is None:
            missing = sheet.names.missing(means, head, call)
            changes.imports.append(missing)
            known = missing.name
        changes.makers[entry.maker] = known if whole or not rest else f"{known}.{rest}"


def replace_number(sheet: Sheet, action: ReplaceNumber) -> Changes:
    """The changes that put a number where a literal `None` or number stands. Raises Refused."""
    tree = sheet.tree
    wanted = leaf(parse(action.spelling))
    node = tree.at(tree.span(action.place), cst.Arg, cst.DictElement, cst.Assign, cst.AnnAssign)
    value, key = _valued(node)
    if value is None or not (isinstance(value, cst.Integer) or tree.code(value) == "None"):
        raise Refused("the value is not written here")
    if not action.any_keyword and key != wanted.key:
        raise Refused(f"`{key}` may count in another unit than `{wanted.key}`")
    return Changes(replacements=[Replacement(*tree.range(value), wanted.text)])


def _valued(node: cst.CSTNode | None) -> tuple[cst.BaseExpression | None, str]:
    """The value of an argument, dict entry or assignment, and the name it is given to."""
    match node:
        case cst.Arg(value=value, keyword=cst.Name(value=key)):
            return value, key
        case cst.DictElement(value=value, key=cst.SimpleString() as key):
            return value, str(key.evaluated_value)
        case cst.Assign(value=value, targets=[cst.AssignTarget(target=target)]):
            return value, dotted(target).rpartition(".")[2]
        case cst.AnnAssign(value=value, target=target):
            return value, dotted(target).rpartition(".")[2]
    return None, ""
