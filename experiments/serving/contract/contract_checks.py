"""What schemathesis holds beside its own checks; it loads this file by `contract.toml` in whatever environment it has.

Two of its checks know nothing of what a service says about load: a 503 because a client allows a millisecond, and a 429
because somebody without a key has tried too often. Both are documented refusals here, and nothing else of 5xx is.
"""

from __future__ import annotations

import schemathesis
from schemathesis.openapi.checks import IgnoredAuth
from schemathesis.specs.openapi.checks import ignored_auth

DEADLINE, BUSY, TOO_OFTEN = "x-deadline-ms", "/problems/busy", "got `429 "


@schemathesis.check
def no_fault(ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """No 5xx but 503 for somebody who allows less time than a picture takes."""
    if response.status_code < 500:
        return
    hurried = DEADLINE in {name.lower() for name in response.request.headers}
    if response.status_code == 503 and hurried and BUSY in response.text:
        return
    raise AssertionError(f"{response.status_code}: {response.text[:300]}")


@schemathesis.check
def refused_without_key(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """As `ignored_auth`, where 429 refuses as well as 401 does."""
    try:
        ignored_auth(ctx, response, case)
    except IgnoredAuth as failure:
        if TOO_OFTEN not in failure.message:
            raise
