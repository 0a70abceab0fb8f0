"""What makes a finding the same finding when the code around it moves.

It is the rule, the file, the enclosing function or class, the flagged source without its layout, and, where all that
occurs more than once, the number of the occurrence. Line numbers are no part of it. The layout is whatever formatters
change: white space, comments, quotes and prefixes of strings, how a long string is split, trailing commas, parentheses
and backslashes at line breaks, how numbers are written.

The outline of a finding is the same without the arguments of calls. By it `--diff-base` knows the finding of a call
that somebody has edited.
"""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Callable, Iterable

from prodlint.findings import Finding
from prodlint.model import Location
from prodlint.values import replace

_NUMBER = r"\b0[xX]\w+|(?:\b\d[\w.]*|(?<![\w.)\]}\"'])\.\d\w*)(?:(?<=[eE])[+-]\d\w*)?"
"""The point may come first or last: `.5`, `5.`."""

_TOKEN = re.compile(
    r'''(?:\b[rRbBfFuUtT]{1,3})?(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\''''
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    rf"|(?P<comment>\#[^\n]*)|(?P<number>{_NUMBER})|(?P<word>\w+)|(?P<open>\()|(?P<close>[)\]}}])|(?P<layout>[\s\\;]+)|(?P<other>.)",
    re.DOTALL,
)
_IN_STRINGS = str.maketrans("", "", "\"'\\ \t\r\n\f\v")
_CODE = (".py", ".pyi", ".pyw", ".ipynb")


def identified(findings: Iterable[Finding], excerpt: Callable[[Location], str]) -> list[Finding]:
    """Return the findings, which come in the order of the file, with their hashes and `fingerprint` filled in.

    `excerpt` gives the source of a range.
    """
    seen: dict[str, int] = {}
    result: list[Finding] = []
    for finding in findings:
        place = finding.location
        text, is_python = excerpt(place), place.path.endswith(_CODE)
        own = _digest(finding.symbol, _normal(text, python=is_python))[:32]
        outline = _digest(finding.symbol, _normal(_without_arguments(text) if is_python else text, python=is_python))
        base = "\0".join((finding.rule, place.path, own))
        count = seen[base] = seen.get(base, -1) + 1
        fingerprint = _digest(base, str(count))
        result.append(replace(finding, source_hash=own, outline_hash=outline[:32], fingerprint=fingerprint))
    return result


def _without_arguments(text: str) -> str:
    """Return Python source with nothing between the parentheses of calls."""
    kept: list[str] = []
    depth = 0
    is_callee = False
    for token in _TOKEN.finditer(text):
        if depth:
            depth += (token[0] == "(") - (token[0] == ")")
            if depth:
                continue
        elif token[0] == "(" and is_callee:
            depth = 1
        kept.append(token[0])
        if token.lastgroup not in ("layout", "comment"):
            is_name = token.lastgroup == "word" and not keyword.iskeyword(token[0])
            is_callee = is_name or token.lastgroup == "close"
    return "".join(kept)


def _normal(text: str, *, python: bool) -> str:
    """Return a text without layout; of Python, what is left is good for comparison only."""
    plain = text.translate(_IN_STRINGS)
    if not python:
        return plain
    parts: list[str] = []
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "string":
                parts.append(token["string"].translate(_IN_STRINGS))
            case "number":
                parts.append(_number(token[0].lower()))
            case "close":
                if parts and parts[-1] == ",":
                    parts.pop()
                parts.append(token[0] if token[0] != ")" else "")
            case "word" | "other":
                parts.append(token[0].translate(_IN_STRINGS))
    # A finding about a comment has nothing but a comment.
    return "".join(parts) or plain


def _number(text: str) -> str:
    """Return a number as formatters write it: `.5` as `0.5`, `1.` as `1.0`, `1e+5` as `1e5`."""
    if text.startswith("0x"):
        return text
    whole = f"0{text}" if text.startswith(".") else text
    return re.sub(r"\.(?=[ej]|$)", ".0", whole).replace("+", "")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
