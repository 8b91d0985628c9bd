"""A local server that speaks the Hub's protocol, so that downloads are tested over a real socket.

    with LocalHub() as hub:
        repository = hub.add("acme/net", {"config.json": b"{}", "model.safetensors": weights})
        repository.fault = "truncated"      # what it does wrong from now on
        ...                                 # point HF_ENDPOINT at hub.endpoint
        hub.requests                        # what was asked, with the Authorization header

The fixture `hub` (import it in a test module, or use it from tests/conftest.py) also points
HF_ENDPOINT and the cache of this process at the server and at an empty folder. Large files are
served from a second port, as the real Hub serves them from another host.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

LARGE = (".safetensors", ".bin", ".pt", ".pth", ".th", ".ckpt", ".msgpack", ".onnx")
"""Files that the Hub keeps in LFS: their etag is the SHA-256, and another host serves them."""

FAULTS = {
    "gated": (403, "GatedRepo", "Access to model is restricted."),
    "gated-anonymous": (401, "GatedRepo", "Access to model is restricted. You must be authenticated."),
    "missing": (401, "RepoNotFound", "Repository not found"),
    "bad-token": (401, None, "Invalid credentials in Authorization header"),
    "forbidden": (403, None, "Your token does not have the needed permissions"),
    "disabled": (403, None, "Access to this resource is disabled."),
    "rate-limited": (429, None, "Too many requests"),
    "server-error": (500, None, "Internal error"),
    "overloaded": (503, None, "Service unavailable"),
    "legal": (451, None, "Unavailable for legal reasons"),
}
"""Faults by status code; besides these: `portal` (a log-in page instead of the Hub), `no-commit`, `no-etag`,
`silent` (no answer), `stalled` (half the body, then silence), `truncated` (half the body, then the end),
`corrupt` (right size, wrong bytes), `loop` (redirects to itself), `reset` (the connection is cut), `elsewhere`
(every GET is redirected to the second port)."""


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    authorization: str | None
    range: str | None
    on_cdn: bool


@dataclass
class Repository:
    """Files by commit; a second `add` under one name is a new commit on main.

    `fault` is one of FAULTS or of the names in its docstring. It strikes the first `n_faults` requests that
    it concerns: all of them for an answer by status, the files' bodies for those about bodies.
    """

    name: str
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    n_faults: float = math.inf
    body_only: bool = False
    """A fault by status code strikes only the bodies, not the metadata."""
    retry_after_s: int | str | None = None
    private_token: str | None = None
    """Only a request with this token sees the repository."""
    etag: str | None = None
    commit_header: str | None = None
    """Lies told in place of the true etag and commit."""
    redirect: str | None = None
    """Where bodies of large files are redirected to, in place of the second port."""
    xet_route: str | None = None
    """Where large files are said to give keys to another storage."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What the API tells beside the files: tags, pipeline_tag, library_name, safetensors, gated."""
    api_answer: bytes | None = None
    """Told by the API instead of the truth."""

    @property
    def commit(self) -> str:
        """The newest commit."""
        return self.refs["main"]

    @property
    def files(self) -> dict[str, bytes]:
        """Files of the newest commit."""
        return self.commits[self.commit]

    def strikes(self, *names: str) -> bool:
        """Whether the fault is one of `names` and still strikes; counts it down."""
        if self.fault not in names or self.n_faults <= 0:
            return False
        self.n_faults -= 1
        return True


class LocalHub:
    """The server on two ports of the loopback interface: the Hub, and the host of large files."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[Seen] = []
        self.closing = threading.Event()
        self._hub = _listen(self, on_cdn=False)
        self._cdn = _listen(self, on_cdn=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._hub.server_address[1]}"

    @property
    def cdn(self) -> str:
        return f"http://127.0.0.1:{self._cdn.server_address[1]}"

    def __enter__(self) -> LocalHub:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for server in (self._hub, self._cdn):
            server.shutdown()
            server.server_close()

    def add(self, name: str, files: Mapping[str, bytes]) -> Repository:
        """A new commit on main of `name`, holding exactly `files`."""
        repository = self.repositories.setdefault(name, Repository(name))
        digest = hashlib.sha1(f"{name} {len(repository.commits)}".encode())
        for path in sorted(files):
            digest.update(path.encode() + b"\0" + files[path])
        commit = digest.hexdigest()
        repository.commits[commit] = dict(files)
        repository.refs["main"] = commit
        return repository

    def count(self, method: str, ending: str = "") -> int:
        """Requests of one method whose path ends so."""
        return sum(seen.method == method and seen.path.endswith(ending) for seen in self.requests)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    """A running local hub; this process has its endpoint, an empty cache and no token."""
    with LocalHub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf_home"))
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf_cache"))
        monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no_token"))
        # huggingface_hub reads it once, when it is imported: perhaps while another test had it set.
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "ZOO_LOCK"):
            monkeypatch.delenv(name, raising=False)
        yield server


def etag_of(path: str, body: bytes) -> str:
    """SHA-256 of a large file, git's blob id of a small one, as the Hub has it."""
    return sha256(body) if path.endswith(LARGE) else git_blob(body)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def git_blob(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


def _listen(hub: LocalHub, *, on_cdn: bool) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"hub": hub, "on_cdn": on_cdn})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    on_cdn: bool
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Tests read `hub.requests` instead."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # the client gave up, as some tests want it to
            self.close_connection = True

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(
            Seen(self.command, path, self.headers.get("Authorization"), self.headers.get("Range"), self.on_cdn)
        )
        api = path.startswith("/api/models/")
        parts = path.removeprefix("/api/models/").strip("/").split("/")
        repository = self.hub.repositories.get("/".join(parts[:2]))
        if repository is None:
            self._refuse(401, "RepoNotFound", "Repository not found")
            return
        token = repository.private_token
        if token is not None and not self.on_cdn and self.headers.get("Authorization") != f"Bearer {token}":
            self._refuse(401, "RepoNotFound", "Repository not found")
            return
        body = self.command == "GET" and not api
        if self._misbehave(repository, body):
            return
        if api and repository.api_answer is not None:
            self._send(200, {"Content-Type": "application/json"}, repository.api_answer)
        elif api:
            self._describe(repository, parts[2:])
        else:
            self._serve(repository, parts[3], "/".join(parts[4:]))

    def _misbehave(self, repository: Repository, body: bool) -> bool:
        """Whether the answer has been given, wrongly, already."""
        if (body or not repository.body_only) and repository.strikes(*FAULTS):
            status, code, message = FAULTS[str(repository.fault)]
            self._refuse(status, code, message, repository.retry_after_s)
        elif repository.strikes("portal"):
            self._send(200, {"Content-Type": "text/html"}, b"<html>Please log in to the airport network</html>")
        elif repository.strikes("silent"):
            self.hub.closing.wait(300)
            self.close_connection = True
        elif repository.strikes("loop"):
            self._send(302, {"Location": self.path}, b"")
        elif self.command == "GET" and not self.on_cdn and repository.strikes("elsewhere"):
            self._send(302, {"Location": f"{self.hub.cdn}{self.path}"}, b"")
        elif repository.strikes("reset"):
            self.close_connection = True
        else:
            return False
        return True

    def _describe(self, repository: Repository, rest: list[str]) -> None:
        """The API: `[revision/<rev>]` tells of the repository, `tree/<rev>` lists its files."""
        revision = rest[1] if len(rest) > 1 else "main"
        commit = self._commit(repository, revision)
        if commit is None:
            return
        files = repository.commits[commit]
        entries: list[dict[str, Any]] = []
        for name, content in files.items():
            entry: dict[str, Any] = {"type": "file", "oid": git_blob(content), "size": len(content), "path": name}
            if name.endswith(LARGE):
                entry["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
            entries.append(entry)
        if rest and rest[0] == "tree":
            self._send_json(entries)
            return
        siblings = [
            {"rfilename": e["path"], "size": e["size"], "blobId": e["oid"]}
            | ({"lfs": {"sha256": e["lfs"]["oid"], "size": e["size"], "pointerSize": 134}} if "lfs" in e else {})
            for e in entries
        ]
        gated = "manual" if str(repository.fault).startswith("gated") else False
        told = {"id": repository.name, "modelId": repository.name, "sha": commit, "private": False, "gated": gated}
        told |= {"siblings": siblings, "tags": [], "downloads": 0, "likes": 0}
        self._send_json(told | repository.facts)

    def _serve(self, repository: Repository, revision: str, path: str) -> None:
        """One file: its metadata on HEAD, its bytes on GET."""
        commit = self._commit(repository, revision)
        if commit is None:
            return
        content = repository.commits[commit].get(path)
        headers = {} if repository.strikes("no-commit") else {"X-Repo-Commit": repository.commit_header or commit}
        if content is None:
            self._refuse(404, "EntryNotFound", "Entry not found", extra=headers)
            return
        etag = repository.etag or etag_of(path, content)
        if repository.xet_route is not None:
            headers |= {"X-Xet-Hash": "0" * 64, "X-Xet-Refresh-Route": repository.xet_route}
        tag = {} if repository.strikes("no-etag") else {"ETag": f'"{etag}"'}
        if path.endswith(LARGE) and not self.on_cdn:
            linked = {"X-Linked-Size": str(len(content)), **({"X-Linked-Etag": tag["ETag"]} if tag else {})}
            location = repository.redirect or self.hub.cdn
            self._send(302, headers | linked | {"Location": f"{location}{self.path}"}, b"")
        elif self.command == "HEAD":
            self._send(200, headers | tag | {"Accept-Ranges": "bytes"}, content)
        else:
            self._send_body(repository, content, headers | tag)

    def _send_body(self, repository: Repository, content: bytes, headers: dict[str, str]) -> None:
        start, status = 0, 200
        wanted = self.headers.get("Range")
        if wanted and wanted.startswith("bytes="):
            start, status = int(wanted.removeprefix("bytes=").split("-")[0]), 206
            headers = headers | {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        part = content[start:]
        if repository.strikes("corrupt"):
            part = bytes(byte ^ 0xFF for byte in part)
        cut = repository.strikes("truncated")
        stalled = not cut and repository.strikes("stalled")
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(part))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(part[: len(part) // 2] if cut or stalled else part)
        self.wfile.flush()
        if stalled:
            self.hub.closing.wait(300)
        if cut or stalled:
            self.close_connection = True

    def _commit(self, repository: Repository, revision: str) -> str | None:
        """The commit of a revision; None after a refusal was sent."""
        commit = repository.refs.get(revision, revision)
        if commit in repository.commits:
            return commit
        self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return None

    def _refuse(
        self,
        status: int,
        code: str | None,
        message: str,
        retry_after_s: int | str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        headers = {"X-Error-Message": message, **(extra or {})}
        if code is not None:
            headers["X-Error-Code"] = code
        if retry_after_s is not None:
            headers["Retry-After"] = str(retry_after_s)
        self._send(status, headers, json.dumps({"error": message}).encode())

    def _send_json(self, told: object) -> None:
        self._send(200, {"Content-Type": "application/json"}, json.dumps(told).encode())

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
