"""The comment is made once and renewed afterwards, against a server that answers as GitHub does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pull_request.comment import post
from pull_request.markdown import mark

PATH = "/repos/o/n/issues/7/comments"
FIRST = mark("m.keras")


class _GitHub(HTTPServer):
    """Comments in memory. seen: methods and paths of the calls, but for reading."""

    def __init__(self, comments: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.comments = comments
        self.seen: list[tuple[str, str]] = []


class _Answer(BaseHTTPRequestHandler):
    server: _GitHub

    def do_GET(self) -> None:
        page = int(self.path.rpartition("page=")[2])
        self._answer(self.server.comments[100 * (page - 1) : 100 * page])

    def do_POST(self) -> None:
        self._write()

    def do_PATCH(self) -> None:
        self._write()

    def _write(self) -> None:
        if self.headers["Authorization"] != "Bearer secret":
            self.send_error(403)
            return
        self.server.seen.append((self.command, self.path))
        size = int(self.headers["Content-Length"])
        self._answer({"html_url": "there", **json.loads(self.rfile.read(size))})

    def _answer(self, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def comment(number: int, body: str, kind: str = "Bot") -> dict[str, Any]:
    return {"id": number, "body": body, "user": {"type": kind}}


@pytest.fixture
def github() -> Iterator[_GitHub]:
    server = _GitHub([])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def written(github: _GitHub, token: str = "secret") -> str:
    return post(f"http://127.0.0.1:{github.server_port}{PATH}", token, FIRST, f"{FIRST}\nnew")


def test_the_first_run_makes_it(github: _GitHub) -> None:
    github.comments[:] = [comment(1, "hello"), comment(2, f"{mark('other')}\nx")]
    assert written(github) == "there"
    assert github.seen == [("POST", PATH)]


def test_later_runs_renew_it_on_any_page(github: _GitHub) -> None:
    github.comments[:] = [*(comment(i, "x") for i in range(150)), comment(900, f"{FIRST}\r\nold")]
    written(github)
    assert github.seen == [("PATCH", "/repos/o/n/issues/comments/900")]


def test_a_comment_of_a_person_is_left_alone(github: _GitHub) -> None:
    github.comments[:] = [comment(1, f"{FIRST}\nquoted", "User")]
    written(github)
    assert github.seen == [("POST", PATH)]


def test_a_refusal_is_an_error_of_the_system(github: _GitHub) -> None:
    with pytest.raises(OSError, match="403"):
        written(github, "wrong")
