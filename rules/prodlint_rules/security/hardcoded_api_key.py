"""The key of an LLM provider is written into a file.

## What it does
Reports text that has the form of a provider's key, anywhere in Python source, notebooks and text configuration files,
and a literal that is used as a key: `api_key=` of a client, `OPENAI_API_KEY = "..."`, an `Authorization` header, the
fallback of `os.getenv`. Tests and examples are no exception. The key itself is never shown.

## Why it matters
Who can read the repository, a copy of it, or the image built from it can spend the money behind the key. Deleting the
line does not help: the key stays in the history. OpenAI's guides ask to keep keys out of code and repositories and to
read them from the environment or a secret manager [1, 2].

## Example
```python
from openai import OpenAI

client = OpenAI(api_key="northwind-7f3e91c4d20b", timeout=60, max_retries=3)
```

## Use instead
```python
import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"], timeout=60, max_retries=3)
```

## When it stays silent
- Placeholders and dummies: `your-api-key`, `<KEY>`, `xxx`, `EMPTY`, `ollama`, `not-needed`, `test`, repeated or
  sequential characters, plain words.
- The literal is a template into which a variable goes.
- `# pragma: allowlist secret` stands on the line, or the `.secrets.baseline` of detect-secrets lists it.

## Fix
Replaces the literal by the environment variable that the SDK reads, and imports `os`. The fix is unsafe: the variable
must be set wherever the program runs. A client that is pointed at another provider (`base_url`) gets that provider's
variable where the host or the format of the key tells which, and no fix where they do not. Revoking the key is left to
you, and comes first.

## References
1. <https://platform.openai.com/docs/guides/production-best-practices>
2. <https://help.openai.com/en/articles/5112595-best-practices-for-api-key-safety>
"""

from __future__ import annotations

from collections.abc import Iterator

from prodlint.api import Credential, ReadVariable, Repair, Report, Rule, RuleContext, Severity
from prodlint_rules._wording import code

_PYTHON = (".py", ".pyi", ".pyw", ".ipynb")


def check(credential: Credential, context: RuleContext) -> Iterator[Report]:
    owner = f"{credential.provider} API key" if credential.provider else "API key"
    usage = f" as {code(credential.usage)}" if credential.usage else ""
    yield Report(
        location=credential.location,
        message=f"{owner} written into the file{usage}: {credential.redacted}",
        help=f"Revoke the key, for it stays in the history; then {_help(credential)}",
        symbol=credential.symbol,
        repair=_repair(credential),
    )


def _repair(credential: Credential) -> Repair | None:
    if not credential.variable or not credential.location.path.endswith(_PYTHON):
        return None
    return Repair(
        description=f'Read `os.environ["{credential.variable}"]`; the variable must be set wherever this runs',
        is_safe=False,
        action=ReadVariable(place=credential.location, variable=credential.variable),
    )


def _help(credential: Credential) -> str:
    is_python = credential.location.path.endswith(_PYTHON)
    if not is_python:
        return "keep the new one out of version control, in the environment or a secret manager"
    if credential.variable:
        return f'read the new one with `os.environ["{credential.variable}"]`'
    if credential.host:
        return (
            f"read the new one from an environment variable of its own: the client talks to {code(credential.host)}, "
            "which must not get the key that the SDK would read by itself"
        )
    return "read the new one from an environment variable or a secret manager"


RULE = Rule(
    on=Credential,
    check=check,
    severity=Severity.ERROR,
    summary="The key of an LLM provider is written into a file",
    posture=False,
    applies_to_tests=True,
    security_severity=8.8,
    tags=("secret",),
)
