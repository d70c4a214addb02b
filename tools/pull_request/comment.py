"""A comment on a pull request by GitHub's interface: made once, and renewed by later runs."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

SECONDS = 30
PAGES = 20  # of 100 comments that are looked through
LONGEST = 60_000  # characters; GitHub takes 65,536


def post(address: str, token: str, first_line: str, body: str) -> str:
    """Makes the comment, or renews the one of the same first line; gives its address.

    address: .../repos/OWNER/NAME/issues/NUMBER/comments. Comments of people are left alone, for
    only those of bots are renewed. Raises OSError where GitHub refuses.
    """
    content = {"body": body[:LONGEST]}
    found = _existing(address, token, first_line)
    if found is None:
        made = _call(address, token, "POST", content)
    else:
        base = address.partition("/issues/")[0]
        made = _call(f"{base}/issues/comments/{found}", token, "PATCH", content)
    return str(made["html_url"])


def _existing(address: str, token: str, first_line: str) -> int | None:
    for page in range(1, PAGES + 1):
        comments = _call(f"{address}?per_page=100&page={page}", token, "GET", None)
        for comment in comments:
            ours = comment["user"]["type"] == "Bot"
            if ours and comment["body"].partition("\n")[0].strip() == first_line:
                return int(comment["id"])
        if len(comments) < 100:
            break
    return None


def _call(address: str, token: str, method: str, content: dict[str, str] | None) -> Any:
    request = urllib.request.Request(
        address,
        None if content is None else json.dumps(content).encode(),
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
        method=method,
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)
