"""Calls a URL from where it runs, and tells what came back.

The event is {"url": "...", "timeout_seconds": 5}. The answer is one of
{"outcome": "answered", "status": 200, "body": "..."}, {"outcome": "timed-out"} and {"outcome": "failed", "error": "..."}.
An HTTP error is an answer. A redirection is followed, as the users of the address would follow it.
"""

import socket
import time
import urllib.error
import urllib.request

LONGEST_BODY = 4096


def handle(event, _context):
    deadline = time.monotonic() + float(event["timeout_seconds"])
    request = urllib.request.Request(event["url"], headers={"User-Agent": "egress-probe"})
    # A proxy that the environment names would be the one that is seen.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        try:
            response = opener.open(request, timeout=left(deadline))
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return {"outcome": "answered", "status": response.status, "body": body(response, deadline)}
    except (socket.timeout, TimeoutError):
        return {"outcome": "timed-out"}
    except urllib.error.URLError as error:
        if isinstance(error.reason, (socket.timeout, TimeoutError)):
            return {"outcome": "timed-out"}
        return {"outcome": "failed", "error": str(error.reason)}
    except Exception as error:  # Whatever it was, whoever asked wants to know.
        return {"outcome": "failed", "error": f"{type(error).__name__}: {error}"}


def left(deadline):
    """The time that is left; at least a moment, because zero would mean not to wait for anything."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def body(response, deadline):
    """The beginning of the body, read bit by bit so that a slow one cannot go on for ever."""
    data = b""
    # A character has at most four bytes.
    while len(data) < 4 * LONGEST_BODY:
        left(deadline)
        more = response.read1(4096)
        if not more:
            break
        data += more
    return data.decode("utf-8", "replace")[:LONGEST_BODY]
