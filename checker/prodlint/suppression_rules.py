"""The rules about suppressing comments: the engine's own, which no rule pack brings."""

from __future__ import annotations

from prodlint.api import Profile, Severity
from prodlint.findings import RuleInfo

CATEGORY = "suppression"

EXPIRED = "expired-suppression"
INVALID = "invalid-suppression"
UNEXPLAINED = "unexplained-suppression"
UNUSED = "unused-suppression"

_EXPIRED_PAGE = """A `# prodlint:` comment has passed its date.

## What it does
Reports a `# prodlint:` comment whose `until=YYYY-MM-DD` is over. The comment counts through that day; from the next one
on it silences nothing, and what it excused is reported again. The day is today's in UTC, or that of `--as-of`.

## Why it matters
Whoever wrote the date meant the excuse to end. Without one, "until the next release" lasts for ever.

## Example
```python
from openai import OpenAI

# prodlint: ignore[missing-timeout] the gateway moves in spring until=2020-03-31
client = OpenAI(max_retries=3, timeout=20)
```

## Use instead
```python
from openai import OpenAI

client = OpenAI(max_retries=3, timeout=20)
```

## When it stays silent
Without a date, and where it has not passed. With the same `--as-of` a commit always gives the same result.

## Fix
Removes the comment. To go on with the excuse, write a new date.
"""

_INVALID_PAGE = """A `# prodlint:` comment cannot be understood.

## What it does
Reports a `# prodlint:` comment that has another form than `ignore[rule]` or `file-ignore[rule]`, that names a rule
which does not exist, or whose `until=` is no date. `until: 2027-03-31` is none, either.

## Why it matters
Such a comment silences nothing, or less than its author believes. There is no form without rule names on purpose: it
would also hide what is found tomorrow.

## Example
```python
from openai import OpenAI

client = OpenAI(max_retries=3, timeout=20)  # prodlint: ignore
```

## Use instead
```python
from openai import OpenAI

client = OpenAI(max_retries=3)  # prodlint: ignore[missing-timeout] the gateway bounds every request


def embed(text: str) -> list[float]:
    return client.embeddings.create(model="text-embedding-3-small", input=text).data[0].embedding
```

## Fix
Writes the form, the verb or the rule name that is nearest, where there is one; else it removes the name or the comment,
which silences nothing. A comment with a reason that it cannot repair stays as it is.
"""

_UNEXPLAINED_PAGE = """A `# prodlint:` comment gives no reason.

## What it does
With `require-reason = true` in the configuration, reports a `# prodlint:` comment without a reason behind the bracket,
or with a placeholder such as `TODO`. The comment still silences what it names.

## Why it matters
An accepted fault needs an owner: without the reason, nobody can tell later whether it still holds.

## Example
```python
from openai import OpenAI

client = OpenAI(max_retries=3)  # prodlint: ignore[missing-timeout]


def embed(text: str) -> list[float]:
    return client.embeddings.create(model="text-embedding-3-small", input=text).data[0].embedding
```

## Use instead
```python
from openai import OpenAI

client = OpenAI(max_retries=3)  # prodlint: ignore[missing-timeout] the gateway bounds every request


def embed(text: str) -> list[float]:
    return client.embeddings.create(model="text-embedding-3-small", input=text).data[0].embedding
```

## When it stays silent
Unless `require-reason` is set.

## Fix
None: only you know the reason.
"""

_UNUSED_PAGE = """A `# prodlint:` comment silences nothing.

## What it does
Reports each rule name in a `# prodlint:` comment that silences no finding of this run.

## Why it matters
What the comment excused has gone; left in place, it would hide the next finding at that line.

## Example
```python
from openai import OpenAI

client = OpenAI(max_retries=3, timeout=20)  # prodlint: ignore[missing-timeout] the gateway bounds every request
```

## Use instead
```python
from openai import OpenAI

client = OpenAI(max_retries=3, timeout=20)
```

## When it stays silent
About rules that did not run on the file, and in files that could not be analysed.

## Fix
Removes the name, or the comment with its last name.
"""


def _info(name: str, page: str) -> RuleInfo:
    return RuleInfo(
        name=name,
        category=CATEGORY,
        severity=Severity.WARNING,
        summary=page.partition(".\n")[0],
        page=page.rstrip("\n"),
        precision="very-high",
        security_severity=None,
        tags=(CATEGORY,),
        profile=Profile.REGULAR.name.lower(),
    )


SUPPRESSION_RULES: tuple[RuleInfo, ...] = (
    _info(EXPIRED, _EXPIRED_PAGE),
    _info(INVALID, _INVALID_PAGE),
    _info(UNEXPLAINED, _UNEXPLAINED_PAGE),
    _info(UNUSED, _UNUSED_PAGE),
)
"""By name."""
