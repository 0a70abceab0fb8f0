"""Tells from a file's bytes, without parsing, whether any later stage can have an interest in it.

A false pass costs the time of one parse, a false reject loses findings: where both cannot be had, it passes.

How it is made fast. Measured on 7,978 files (38 MB) of Python with 71 import roots, 40 tails and 76 anchors, one core,
CPython 3.11; `data.count(b"import")` = 1.0:

| formulation | cost |
| --- | --- |
| one `re` alternation of all literals | 230 |
| the same as a prefix tree | 70 |
| `literal in data`, one after the other | 120 |
| `Screen`: imports, tails and anchors apart | 18 |
| `Gate`: all together, and no more than whether there is one | 13 |

`re` is slow where it must try an alternative at each byte, and fast where a pattern begins with one literal byte: it
runs from one to the next. What counts then is how many such bytes are looked for (each takes a pass, unless it is so
rare that `bytes.find` gets over most of the text) and how often they occur. So each word is found by a byte in it, its
pivot, that it shares with as many others as possible and that is rare in source text; then comes what of the word is
behind the pivot, for that is cheap to rule out, and last a look back at the whole word. Words that are needed only with
something behind them, `import` with a module, have that at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import TYPE_CHECKING

from prodlint.values import NamedTuple

if TYPE_CHECKING:
    from prodlint.sdks.words import Words

LITERAL_BYTES = 200_000
"""Up to here the bare words are looked for one by one; compiling the patterns takes as long as that."""

NARROW_BYTES = 20_000
"""What the patterns for the words of one file count as: compiling them takes as long as looking through so many."""

_BLANK = rb"[ \t\f\r\n\\]"
"""What may stand between the words of a statement, line continuation included."""

_PER_MILLE = {
    char: rate
    for rate, chars in (
        (65, "e"),
        (50, "t"),
        (40, "asrnoi"),
        (24, "l_dc"),
        (16, "pumf"),
        (12, '.,y"'),
        (9, "hg)(=:"),
        (6, "bvETANSCOR"),
        (4, "wkIx-"),
        (2.5, "DMFPLU120[]"),
        (1.2, "HGVBYqz'>#*3j/45"),
        (0.6, "KJWQZX86797`{}|@+"),
    )
    for char in chars
}
"""How often a byte occurs in Python source, per thousand."""
_RARE = 0.3
"""The same for all others."""
_PASS = 600.0
"""What it costs to look for one byte through a thousand, in ns; measured, as what follows."""
_TRY = 50.0
"""What it costs to look at one such byte for what stands around it,"""
_BRANCH = 4.0
"""for each byte that may come next,"""
_LOOK_BACK = 35.0
"""and for each word of which it is the last."""
_TO_FIRST = 0.2
"""Where the first one may stand, in thousands of bytes, for a byte that occurs once in a thousand: files are small, and
the way there is as good as free."""

LOADERS = ("require", "azy")
"""Words in the names of what loads a module by its name, beside `import`: `LazyModule("openai")`."""


class Hit(NamedTuple):
    """What a file is needed for."""

    parse: bool
    """It imports an SDK or has a call in the shape of one."""
    credentials: bool
    """It has a text that begins like a key, or the name of a variable for one."""


class Screen(NamedTuple):
    """The compiled patterns; picklable, and the same for every file of a run."""

    code: tuple[re.Pattern[bytes], ...]
    """Any match calls for a parse."""
    packages: re.Pattern[bytes] | None
    """`from google import`: calls for a parse when one of `members` stands anywhere in the file."""
    members: tuple[bytes, ...]
    anchors: tuple[re.Pattern[bytes], ...]
    """Any match calls for a credential scan."""

    def passes(self, data: bytes) -> Hit:
        """Return what the file is needed for."""
        data = _as_source(data)
        return Hit(parse=self._needs_parse(data), credentials=any(pattern.search(data) for pattern in self.anchors))

    def holds_credentials(self, data: bytes) -> bool:
        """Return the second half of `passes` alone, for files that are not Python."""
        data = _as_source(data)
        return any(pattern.search(data) for pattern in self.anchors)

    def _needs_parse(self, data: bytes) -> bool:
        if any(pattern.search(data) for pattern in self.code):
            return True
        return bool(self.packages and self.packages.search(data)) and any(name in data for name in self.members)


def compile_screen(*, imports: Iterable[str], tails: Iterable[str], anchors: Iterable[str]) -> Screen:
    """Return the screen for a catalogue.

    `imports` are dotted import roots (`openai`, `google.genai`), each of which stands for all below it too; `tails`
    are attribute paths (`chat.completions.create`, with or without a dot at either end); `anchors` are literal pieces
    of keys and of the names of variables for keys, in ASCII.
    """
    roots, paths = _sorted(imports), _sorted(tail.strip(".") for tail in tails)
    parents = _parents(roots)
    words = {**(_imports(roots) if roots else {}), **(_calls(paths) if paths else {})}
    return Screen(
        code=tuple(re.compile(re.escape(word.encode()) + after) for word, after in words.items()),
        packages=re.compile(b"from" + _statement(_choice(parents))) if parents else None,
        members=tuple(sorted({root.rpartition(".")[2].encode() for root in roots if "." in root})),
        anchors=compile_words(anchors),
    )


class Gate:
    """Rejects most files of a large tree, those in which the screen has no match, in two thirds of the screen's time.

    It looks for all at once, so that words of different kinds share a pass. What it rejects the screen would; what it
    does not, only the screen can tell.
    """

    def __init__(self, words: Words, others: Iterable[str]) -> None:
        """`others` are further words that let a file pass."""
        roots = _sorted(words.imports)
        paths = _sorted(tail.strip(".") for tail in words.tails)
        starts = _calls(paths) if paths else {}
        if roots:
            starts |= _imports([*roots, *_parents(roots)]) | dict.fromkeys(LOADERS, _LOADED)
        starts |= dict.fromkeys(_shortest({*words.anchors, *others} - {""}), b"")
        self._passes = tuple((each.pivot, each.pattern) for each in _pivoted(starts))

    def rejects(self, text: bytes) -> bool:
        """True when the screen has no match in the text, and none of the other words stands there."""
        for pivot, pattern in self._passes:
            first = text.find(pivot)
            if first >= 0 and pattern.search(text, first):
                return False
        return True


class Sieve:
    """The screen of one run. Until many bytes have gone by, it compiles only patterns whose words occur in a file."""

    def __init__(self, words: Words, others: Iterable[str] = ()) -> None:
        """`others` are further words, for `rejects`."""
        self._words = words
        self._others = tuple(others)
        self._roots = [(name, name.partition(".")[0].encode()) for name in words.imports]
        self._tails = [(tail, [part.encode() for part in tail.strip(".").split(".")]) for tail in words.tails]
        self._anchors = [anchor.encode() for anchor in words.anchors]
        self._left = LITERAL_BYTES

    @cached_property
    def screen(self) -> Screen:
        """The compiled patterns."""
        words = self._words
        return compile_screen(imports=words.imports, tails=words.tails, anchors=words.anchors)

    @cached_property
    def gate(self) -> Gate:
        """What stands before the screen."""
        return Gate(self._words, self._others)

    def prepare(self) -> None:
        """Compile all patterns: what will go by is much."""
        self._left = 0
        _ = self.gate, self.screen

    def rejects(self, data: bytes) -> bool:
        """True only when a file is needed for nothing, and has none of the other words. Fast, and not always sure."""
        if self._left > 0:
            return False
        text = _as_source(data)
        return self.gate.rejects(text) and (text is data or not any(word.encode() in data for word in self._others))

    def passes(self, data: bytes) -> Hit:
        """Return what the file is needed for, exactly as the screen says."""
        if self._left <= 0:
            return self.screen.passes(data)
        self._left -= len(data)
        text = _as_source(data)
        imports = [name for name, root in self._roots if root in text]
        tails = [name for name, parts in self._tails if all(part in text for part in parts)]
        credentials = any(anchor in text for anchor in self._anchors)
        if not imports and not tails:
            return Hit(parse=False, credentials=credentials)
        self._left -= NARROW_BYTES
        narrow = compile_screen(imports=imports, tails=tails, anchors=())
        return Hit(parse=narrow.passes(data).parse, credentials=credentials)

    def holds_credentials(self, data: bytes) -> bool:
        """Return the second half of `passes` alone."""
        if self._left <= 0:
            return self.screen.holds_credentials(data)
        self._left -= len(data)
        text = _as_source(data)
        return any(anchor in text for anchor in self._anchors)


def compile_words(words: Iterable[str]) -> tuple[re.Pattern[bytes], ...]:
    """Return patterns of which one matches where one of the words (ASCII) stands."""
    return tuple(each.pattern for each in _pivoted(dict.fromkeys(_shortest(set(words) - {""}), b"")))


class Finder:
    """Narrows down which of many words stand in a text. It compiles patterns for that when many texts have gone by."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words) - {""}
        self._left = LITERAL_BYTES

    @cached_property
    def _passes(self) -> tuple[_Pass, ...]:
        return tuple(_pivoted(dict.fromkeys(self._words, b"")))

    def may_be_in(self, text: str) -> Set[str]:
        """Return those that stand in the text; for the first texts, all words."""
        if self._left > 0:
            self._left -= len(text)
            return self._words
        data = text.encode("utf-8", "replace")
        return {word for each in self._passes if each.pattern.search(data) for word in each.words if word in text}


def compile_calls(methods: Sequence[str], functions: Sequence[str]) -> tuple[re.Pattern[bytes], ...]:
    """Return patterns of which one matches where one of the methods or functions is called."""
    called = rb"\b%s*\(" % _BLANK
    starts = dict.fromkeys(functions, called)
    if methods:
        starts["."] = rb"%s*%s" % (_BLANK, _choice(sorted(methods))) + called
    return tuple(each.pattern for each in _pivoted(starts))


_JSON_NEWLINE = rb"\\[nrt](?:\",\s*\")?"
"""An escaped line end in a notebook, with the step to the next string of a cell's list."""


def _as_source(data: bytes) -> bytes:
    """Undo what hides source text: UTF-16, in which some shells write `.env` files, and a notebook's JSON."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    if data[:1] == b"{":
        return re.sub(_JSON_NEWLINE, b"\n", data)
    return data


def _sorted(words: Iterable[str]) -> list[str]:
    return sorted(set(words) - {""})


def _parents(roots: Iterable[str]) -> list[str]:
    """Return the packages of which only some modules are SDKs."""
    return _sorted(root.rpartition(".")[0] for root in roots)


_LOADED = rb"\w{0,30}%s*\(\s*[a-zA-Z]?\\?[\"']" % _BLANK
"""The rest of the name of what loads a module, and what stands before that of the module."""


def _statement(package: bytes) -> bytes:
    """Return what follows `from`; without a word boundary before it, as that begins no pattern that is fast."""
    return rb"%(b)s+%(p)s%(b)s+import\b" % {b"b": _BLANK, b"p": package}


def _imports(roots: Sequence[str]) -> dict[str, bytes]:
    """Return what follows each word by which one of the modules, or one below it, is imported."""
    tree = _choice(roots)
    # The look-ahead takes a name as a whole: no shorter part of it can be followed by a comma.
    name = rb"(?=(?P<name>[\w.]+))(?P=name)(?:%(b)s+as%(b)s+\w+)?" % {b"b": _BLANK}
    names = rb"%(b)s+(?:%(n)s%(b)s*,%(b)s*)*" % {b"b": _BLANK, b"n": name}
    return {
        "from": _statement(rb"%s(?:%s*\.[\w.]+)?" % (tree, _BLANK)),
        "import": rb"(?:%s|%s)%s\b" % (names, _LOADED, tree),
        **dict.fromkeys(LOADERS, rb"%s%s\b" % (_LOADED, tree)),
    }


def _calls(paths: Sequence[str]) -> dict[str, bytes]:
    """Return what follows the dot before one of the paths, also where the chain is broken over lines."""
    tree = _choice(paths).replace(rb"\.", rb"%(b)s*\.%(b)s*" % {b"b": _BLANK})
    return {".": rb"%s*%s\b" % (_BLANK, tree)}


def _choice(words: Iterable[str]) -> bytes:
    """Return one pattern for all the words that looks at each byte once."""
    return _tree([(word, b"") for word in sorted(words)])


def _tree(branches: Sequence[tuple[str, bytes]]) -> bytes:
    """Return `_choice` of the words, with a pattern behind each of them."""
    heads = dict.fromkeys(word[0] for word, _ in branches if word)
    options = [
        re.escape(head.encode()) + _tree([(word[1:], after) for word, after in branches if word[:1] == head])
        for head in heads
    ]
    options += [after for word, after in branches if not word]
    return options[0] if len(options) == 1 else rb"(?:%s)" % b"|".join(options)


def _shortest(anchors: set[str]) -> set[str]:
    """Leave out what contains another one."""
    return {anchor for anchor in anchors if not any(other != anchor and other in anchor for other in anchors)}


class _Pass(NamedTuple):
    """What one look through a text is for."""

    pivot: bytes
    pattern: re.Pattern[bytes]
    """It begins with the pivot, and matches where one of the words stands, with what is given for it behind it."""
    words: tuple[str, ...]


def _pivoted(words: Mapping[str, bytes]) -> Iterator[_Pass]:
    """Yield one pass for each of a few characters that between them occur in all the words.

    Greedy: again and again the one whose pass is cheapest for each word that it settles.
    """
    left = dict(words)
    while left:
        pivot = min(sorted({char for word in left for char in word}), key=lambda char: _cost(char, left))
        group = tuple(word for word in sorted(left) if pivot in word)
        tree = _tree([_behind(pivot, word, left.pop(word)) for word in group])
        yield _Pass(pivot.encode(), re.compile(re.escape(pivot.encode()) + tree), group)


def _cost(pivot: str, words: Iterable[str]) -> float:
    """Return what it costs to look for those words that have the pivot, in ns for each of them and 1000 bytes."""
    ends = [word.partition(pivot)[2] for word in words if pivot in word]
    rate = _PER_MILLE.get(pivot, _RARE)
    each = _TRY + _BRANCH * len({end[:1] for end in ends}) + _LOOK_BACK * ends.count("")
    return (_PASS * rate / (rate + _TO_FIRST) + rate * each) / len(ends)


def _behind(pivot: str, word: str, after: bytes) -> tuple[str, bytes]:
    """Return what of a word stands behind its first pivot, and what to match there: the cheapest comes first."""
    _, _, rest = word.partition(pivot)
    whole = b"" if word.startswith(pivot) else rb"(?<=%s)" % re.escape(word.encode())
    return rest, whole + after
