"""What the environment says about the hub, read at each call: address, token, offline or not, deadline.

huggingface_hub reads most of it once, when it is imported; a program or a test that sets it later
would not be heard.
"""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from zoo.errors import HubError
from zoo.hub.errors import Wanted

ANSWER_S = 10.0
"""Longest silence of the hub before a question counts as unanswered."""


def is_offline(local_files_only: bool | None = None) -> bool:
    """Whether the network is not to be used: the argument, else HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE."""
    if local_files_only is not None:
        return local_files_only
    stated = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return stated.upper() in ("1", "ON", "YES", "TRUE")


def endpoint() -> str:
    """Address of the hub, without a slash at its end.

    Raises:
        HubError: HF_ENDPOINT is no address.
    """
    address = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", address):
        raise HubError("HF_ENDPOINT is not the address of a hub.", "Write it like https://huggingface.co, or unset it.")
    return address


def token_for(address: str) -> bool | None:
    """None: huggingface_hub's own token. False over plain http, where everybody on the way could read it."""
    parts = urlsplit(address)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return None if parts.scheme == "https" or local else False


def wanted_now(repository: str, file: str | None, revision: str | None, model_id: str | None) -> Wanted:
    """What is asked of the hub that the environment names at this moment."""
    return Wanted(repository, file, revision, endpoint(), model_id)


QUESTION_S = 120.0
"""Time for a question without a download, such as the list of files."""


def deadline_of(stated: float | None = None, n_bytes: int | None = None) -> float:
    """Seconds for one call: as stated, else ZOO_DEADLINE_S, else two minutes and one more per 250 kB."""
    try:
        allowed = stated if stated is not None else float(os.environ.get("ZOO_DEADLINE_S", ""))
    except ValueError:
        allowed = 0.0
    if stated is None and not allowed > 0:
        allowed = QUESTION_S + (2_000_000_000 if n_bytes is None else n_bytes) / 250_000
    return min(allowed, 1e6)  # a thread cannot wait for ever
