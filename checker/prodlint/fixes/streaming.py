"""Streamed answers: Streamlit's `write_stream`, and a printing loop in a terminal, where the shape is certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from prodlint.fixes.edits import Refused, Replacement
from prodlint.fixes.settings import pass_setting
from prodlint.fixes.sheet import Changes, Sheet
from prodlint.fixes.tree import Tree, dotted
from prodlint.repairs import PassSetting, StreamAnswer
from prodlint.values import dataclass

PAGE = ("write", "markdown", "text")
"""Streamlit's functions that show a text."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`answer = ask(...)`, `text = answer.text`, `show(text)`: three neighbours, or two without the middle one."""

    variable: str
    """What the request's result is called."""
    reads: cst.SimpleStatementLine | None
    """The statement that takes the text out; None when it is shown directly."""
    kept: str
    """What the text is called afterwards; empty when nothing keeps it."""
    later: tuple[cst.CSTNode, ...]
    """Where the text is taken out again, further down."""
    shows: cst.SimpleStatementLine
    sink: cst.Call


def stream_answer(sheet: Sheet, action: StreamAnswer) -> Changes:
    """The changes that stream an answer. Raises Refused."""
    changes = pass_setting(sheet, PassSetting(call=action.call, spelling=action.spelling))
    shape = _shape(sheet.tree, action)
    name = dotted(shape.sink.func)
    module, _, last = name.rpartition(".")
    if module and sheet.names.call("streamlit", shape.sink) == module and last in PAGE:
        if not action.for_page or action.is_async:
            raise Refused("`write_stream` does not take this stream")
        changes.replacements.extend(_on_page(sheet.tree, shape, module))
    elif name == "print" and "print" not in sheet.names.others:
        changes.replacements.extend(_in_terminal(sheet, shape, action))
    else:
        raise Refused(f"`{name}` shows the answer")
    changes.replacements.extend(Replacement(*sheet.tree.range(node), shape.kept) for node in shape.later)
    changes.free.extend(sheet.tree.range(node) for node in shape.later)
    first = shape.reads or shape.shows
    changes.free.append((sheet.tree.range(first)[0], sheet.tree.range(shape.shows)[1]))
    return changes


def _shape(tree: Tree, action: StreamAnswer) -> Shape:
    call = tree.at(tree.span(action.call), cst.Call)
    value = tree.parent(call) if call is not None else None
    assign = tree.parent(value) if isinstance(value, cst.Await) else value
    line = tree.parent(assign) if assign is not None else None
    if not isinstance(assign, cst.Assign) or not isinstance(line, cst.SimpleStatementLine):
        raise Refused("the answer is not assigned to a variable")
    if len(assign.targets) != 1 or not isinstance(assign.targets[0].target, cst.Name) or len(line.body) != 1:
        raise Refused("the answer is not assigned to one variable")
    variable = assign.targets[0].target.value
    following = _following(tree, line)
    kept, reads = _read(tree, following[:1], variable, action.answer)
    shows = following[1] if reads is not None and len(following) > 1 else following[0] if following else None
    sink = _sink(shows)
    if shows is None or sink is None:
        raise Refused("the answer is not shown by the next statement")
    wanted = kept or f"{variable}{action.answer}"
    if not sink.args or _plain(tree.code(sink.args[-1].value)) != _plain(wanted):
        raise Refused("more is shown than the text of the answer")
    end = tree.range(shows)[1]
    later = tuple(_later(tree, line, variable, action.answer, end))
    if later and not kept:
        kept = "answer"
    if reads is None and kept and _is_bound(tree, kept):
        raise Refused(f"`{kept}` is the name of something else")
    return Shape(variable, reads, kept, later, shows, sink)


def _later(tree: Tree, line: cst.CSTNode, variable: str, answer: str, end: int) -> Iterator[cst.CSTNode]:
    """Where the text is taken out of the answer behind an offset. Raises Refused when anything else is done with it."""
    uses = [node for node in tree.within(tree.scope(line)) if isinstance(node, cst.Name) and node.value == variable]
    if isinstance(tree.scope(line), cst.Module) and any(tree.scope(use) is not tree.module for use in uses):
        raise Refused("functions use the answer, too")
    for use in uses[2:]:
        whole: cst.CSTNode = use
        for outer in tree.ancestors(use):
            if not isinstance(outer, cst.Attribute | cst.Subscript):
                break
            whole = outer
            if _plain(tree.code(whole)) == _plain(f"{variable}{answer}"):
                break
        if _plain(tree.code(whole)) != _plain(f"{variable}{answer}") or tree.range(use)[0] < end:
            raise Refused("the answer is used for more than its text")
        yield whole


def _is_bound(tree: Tree, name: str) -> bool:
    return any(node.value == name for node in tree.of(cst.Name))


def _following(tree: Tree, line: cst.CSTNode) -> list[cst.SimpleStatementLine]:
    """The simple statements right behind a statement; two at most."""
    siblings = list(getattr(tree.parent(line), "body", ()))
    found = []
    for sibling in siblings[siblings.index(line) + 1 :][:2]:
        if not isinstance(sibling, cst.SimpleStatementLine) or len(sibling.body) != 1:
            break
        found.append(sibling)
    return found


def _read(
    tree: Tree, lines: Sequence[cst.SimpleStatementLine], variable: str, answer: str
) -> tuple[str, cst.SimpleStatementLine | None]:
    """`text = answer.text`: what the text is called, and the statement."""
    small = lines[0].body[0] if lines else None
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and isinstance(small.targets[0].target, cst.Name):
        written = _plain(tree.code(small.value))
        if written in (_plain(f"{variable}{answer}"), _plain(f'{variable}{answer} or ""')):
            return small.targets[0].target.value, lines[0]
    return "", None


def _plain(code: str) -> str:
    """Code without white space, `["key"]` as `.key`."""
    text = "".join(code.split()).replace("'", '"')
    while '["' in text and '"]' in text:
        before, _, rest = text.partition('["')
        key, _, after = rest.partition('"]')
        text = f"{before}.{key}{after}"
    return text


def _sink(line: cst.SimpleStatementLine | None) -> cst.Call | None:
    """The call that a statement is, when all it is given is plain."""
    small = line.body[0] if line is not None else None
    call = small.value if isinstance(small, cst.Expr) else None
    if isinstance(call, cst.Call) and all(not given.star and given.keyword is None for given in call.args):
        return call
    return None


def _on_page(tree: Tree, shape: Shape, module: str) -> list[Replacement]:
    if len(shape.sink.args) != 1:
        raise Refused("more is shown than the text of the answer")
    written = f"{module}.write_stream({shape.variable})"
    if shape.reads is None:
        kept = f"{shape.kept} = " if shape.kept else ""
        return [Replacement(*tree.range(shape.sink), f"{kept}{written}")]
    assign = shape.reads.body[0]
    assert isinstance(assign, cst.Assign)
    start = tree.range(assign.value)[0]
    _require_no_comments(tree, shape)
    return [Replacement(start, tree.range(shape.sink)[1], written)]


def _require_no_comments(tree: Tree, shape: Shape) -> None:
    """Raises Refused when a comment stands in what goes."""
    start = tree.range(shape.reads or shape.shows)[0]
    end = tree.range(shape.shows)[1]
    if any(start <= tree.range(node)[0] < end for node in tree.of(cst.Comment)):
        raise Refused("a comment stands between the statements")


def _in_terminal(sheet: Sheet, shape: Shape, action: StreamAnswer) -> list[Replacement]:
    """`print(text)` becomes a loop that prints each chunk."""
    tree = sheet.tree
    _require_no_comments(tree, shape)
    taken = {*sheet.names.others, *(binding.name for binding in sheet.names.bindings)}
    if {"chunk", "piece"} & taken:
        raise Refused("`chunk` or `piece` is the name of something else")
    first = shape.reads or shape.shows
    margin = tree.margin(tree.range(first)[0])
    lines: list[str] = []
    leading = [tree.code(given.value) for given in shape.sink.args[:-1]]
    if leading:
        lines.append(f'print({", ".join(leading)}, end=" ", flush=True)')
    if shape.kept:
        lines.append(f'{shape.kept} = ""')
    lines.append(f"{'async ' if action.is_async else ''}for chunk in {shape.variable}:")
    depth = tree.indent
    if action.guard:
        lines.append(f"{depth}if chunk{action.guard}:")
        depth += tree.indent
    lines.append(f'{depth}piece = chunk{action.chunk} or ""')
    if shape.kept:
        lines.append(f"{depth}{shape.kept} += piece")
    lines.append(f'{depth}print(piece, end="", flush=True)')
    lines.append("print()")
    text = f"{tree.newline}{margin}".join(lines)
    return [Replacement(tree.range(first)[0], tree.range(shape.shows)[1], text)]
