"""Tells from a configuration file's bytes, fast, whether it can assign a value to the name of a key at all."""

from __future__ import annotations

import re

_ASSIGNED = rb"[\"'\\\]]{0,3}[ \t]{0,8}(?:=>|:=|\?=|=|:)[ \t]{0,8}\\?[\"'`]?"
_COMMAND = rb"[ \t]{1,8}[\"']?"
_PAIR = rb"[\"']?\s{0,4},?\s{1,80}[\"']?value[\"']?\s{0,8}[:=]\s{0,8}[\"']?"
_VALUE = rb"(?:(?:bearer|token) +)?[a-z0-9_+/=.~:-]{16}"
_REST = rb"[\w.-]{0,90}(?:" + _ASSIGNED + rb"|" + _COMMAND + rb"|" + _PAIR + rb")" + _VALUE
_NAMES = (
    *(
        re.compile(word + rb"(?<=[\w.-]" + word + rb")" + _REST)
        for word in (rb"key", rb"token", rb"secret", rb"credential")  # none of them is a key's whole name
    ),
    re.compile(rb"authorization" + _REST),
)
"""The three forms of `assignments`, in lower case. Each begins with a literal, which `re` finds many times faster than
an alternative or a letter in either case."""


def may_assign(data: bytes) -> bool:
    """True for every text in which `assignments` finds something, and for few others."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    lowered = data.lower()
    return any(name.search(lowered) for name in _NAMES)
