"""Errors of prodlint's own: one file or one rule must not take the findings of all others with it."""

from __future__ import annotations


def described(error: BaseException | None) -> str:
    """`IndexError: list index out of range (prodlint.link.calls, line 12)`: type, message and innermost frame.

    The frame is told by module name: a file name would put a path of this machine into the report.
    """
    trace = error.__traceback__ if error else None
    place = ""
    if trace is not None:
        while trace.tb_next is not None:
            trace = trace.tb_next
        place = f" ({trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno})"
    return f"{type(error).__name__}: {error}{place}"


def internal(error: BaseException) -> str:
    """The message for a file that is not analysed because of it."""
    return f"by a bug in prodlint; please report {described(error)}"
