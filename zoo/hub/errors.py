"""Faults of the hub and the network, told in zoo's own words.

huggingface_hub reports many causes as "not in the cache" and keeps the true one in `__cause__`; its
messages may hold signed addresses. So the cause is looked for, and no foreign text is repeated.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from zoo.errors import (
    CorruptFileError,
    GatedError,
    HubError,
    HubNotFoundError,
    OfflineError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)


@dataclass(frozen=True)
class Wanted:
    """What was asked of the hub, for messages."""

    repository: str
    file: str | None = None
    revision: str | None = None
    endpoint: str = "https://huggingface.co"
    model_id: str | None = None

    def __str__(self) -> str:
        where = f"{self.repository} at {self.revision[:12]}" if self.revision else self.repository
        return f"{self.file} of {where}" if self.file else where

    @property
    def page(self) -> str:
        """The repository's page, where access is granted."""
        return f"{self.endpoint}/{self.repository}"


def translate(err: BaseException, wanted: Wanted) -> HubError:
    """The error of zoo's tree that says what `err` means for the user."""
    from huggingface_hub import errors as hf

    causes = list(_causes(err))
    if any(isinstance(cause, hf.OfflineModeIsEnabled) for cause in causes):
        return offline(wanted)
    for cause in causes:
        if isinstance(cause, hf.HfHubHTTPError):
            return _by_status(cause, wanted)
    if any(isinstance(cause, hf.FileMetadataError) for cause in causes):
        return not_a_hub(wanted, "its answer lacks the commit or the hash")
    for cause in causes:
        if _is_transport(cause):
            return _network(cause, wanted)
    for cause in causes:
        if isinstance(cause, OSError) and "Consistency check" in str(cause):
            return CorruptFileError(
                f"{wanted} came with another length than the hub had announced.",
                "Try again; if it stays so, report it to the owner of the repository.",
            )
        if isinstance(cause, OSError) and cause.errno is not None:
            return _disk(cause, wanted)
    if isinstance(err, ValueError):
        return not_a_hub(wanted, "its answer cannot be read")
    return UnavailableError(
        f"{wanted} could not be had from {wanted.endpoint} ({type(err).__name__}).",
        "Try again later; ZOO_DEBUG=1 shows the cause.",
    )


def is_passing(err: BaseException) -> bool:
    """Whether a second try a moment later may succeed: a busy hub, a broken line, silence."""
    for cause in _causes(err):
        response = getattr(cause, "response", None)
        if response is not None:
            return response.status_code in (408, 429, 500, 502, 503, 504)
    if is_wrong_length(err):
        return True
    return any(_is_transport(cause) and "Redirect" not in type(cause).__name__ for cause in _causes(err))


def is_wrong_length(err: BaseException) -> bool:
    """Whether a body came with another length than was announced."""
    return any(isinstance(cause, OSError) and "Consistency check" in str(cause) for cause in _causes(err))


def offline(wanted: Wanted) -> OfflineError:
    """The cache does not hold it, and the network is not to be used."""
    return OfflineError(
        f"{wanted} is not in the cache, and the network is switched off.",
        f"While online, run once: zoo pull {wanted.model_id or wanted.repository} "
        "(HF_HUB_OFFLINE=1 or local_files_only=True switched it off).",
    )


def not_a_hub(wanted: Wanted, reason: str) -> UnavailableError:
    """Something answered, but not as a hub does: a log-in page, a proxy, a broken mirror."""
    return UnavailableError(
        f"{wanted.endpoint} did not answer as a hub for {wanted}: {reason}.",
        "A log-in page or proxy may stand in between; check the network and HF_ENDPOINT.",
    )


def _causes(err: BaseException | None) -> Iterator[BaseException]:
    """The error, then what it was raised from, and so on."""
    seen: set[int] = set()
    while err is not None and id(err) not in seen:
        seen.add(id(err))
        yield err
        err = err.__cause__


def _is_transport(err: BaseException) -> bool:
    return type(err).__module__.startswith(("httpx", "httpcore")) or isinstance(err, ConnectionError)


def _by_status(err: Any, wanted: Wanted) -> HubError:
    from huggingface_hub import errors as hf

    status = err.response.status_code
    has_token = "authorization" in err.response.request.headers
    if isinstance(err, hf.GatedRepoError):
        log_in = "" if has_token else ", then log in: hf auth login (or set HF_TOKEN)"
        return GatedError(
            f"{wanted.repository} is gated: its owner wants an agreement before anyone downloads it"
            f"{', and this token has not been granted access' if has_token else ''}.",
            f"Ask for access at {wanted.page}{log_in}.",
        )
    if isinstance(err, hf.RevisionNotFoundError):
        return HubNotFoundError(
            f"{wanted.repository} has no revision {wanted.revision or 'main'!r}.",
            f"Its commits are listed at {wanted.page}/commits.",
        )
    if isinstance(err, hf.EntryNotFoundError):
        return HubNotFoundError(f"{wanted.repository} has no file {wanted.file!r}.", f"See {wanted.page}/tree/main.")
    if isinstance(err, hf.DisabledRepoError) or status == 451:
        return UnavailableError(f"the hub has closed {wanted.repository} (status {status}).", f"See {wanted.page}.")
    if isinstance(err, hf.RepositoryNotFoundError):
        return HubNotFoundError(
            f"no repository {wanted.repository} at {wanted.endpoint}, or it is private.",
            "Check the name; "
            + ("this token may not see it." if has_token else "for a private one log in: hf auth login."),
        )
    if status == 401:
        return UnauthorizedError(
            f"{wanted.endpoint} does not accept the token.",
            "A public repository needs none: unset HF_TOKEN. For a private one log in anew: hf auth login.",
        )
    if status == 403:
        return UnauthorizedError(
            f"the token may not read {wanted.repository}.",
            f"Give it read access to {wanted.page}, or use another token.",
        )
    if status == 404:
        return HubNotFoundError(f"{wanted.endpoint} has no {wanted}.", "Check the name and HF_ENDPOINT.")
    if status == 429:
        wait = retry_after_s(err)
        when = f"in {wait:g} s" if wait is not None else "in a few minutes"
        more = "" if has_token else "; logging in (hf auth login) raises the limit"
        return RateLimitedError(f"{wanted.endpoint} takes no more requests for now.", f"Try again {when}{more}.")
    if status == 408 or status >= 500:
        return UnavailableError(f"{wanted.endpoint} failed on {wanted} (status {status}).", "Try again later.")
    return UnavailableError(
        f"{wanted.endpoint} refused {wanted} (status {status}).",
        "Check HF_ENDPOINT and the network; ZOO_DEBUG=1 shows more.",
    )


def retry_after_s(err: BaseException) -> float | None:
    """Seconds that the hub asks to wait, if it says so."""
    for cause in _causes(err):
        response = getattr(cause, "response", None)
        if response is not None:
            return _seconds(response.headers.get("Retry-After", ""))
    return None


def _seconds(stated: str) -> float | None:
    """A number of seconds or a date, as RFC 9110 has them; anything else says nothing."""
    if re.fullmatch(r"[0-9]{1,9}", stated):
        return float(stated)
    try:
        moment = parsedate_to_datetime(stated)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, moment.timestamp() - time.time())


def _network(err: BaseException, wanted: Wanted) -> HubError:
    name = type(err).__name__
    if "Redirect" in name:
        return not_a_hub(wanted, "it redirects in a circle")
    if "Proxy" in name:
        what = "cannot be reached through the proxy"
    elif "Timeout" in name:
        what = "did not answer in time"
    elif "Connect" in name:
        what = "cannot be reached"
    else:
        what = "broke off the connection"
    return UnavailableError(
        f"{wanted.endpoint} {what} (wanted: {wanted}).",
        "Check the network, the proxy and HF_ENDPOINT; what is in the cache already works with HF_HUB_OFFLINE=1.",
    )


def _disk(err: OSError, wanted: Wanted) -> HubError:
    if err.errno in (errno.ENOSPC, errno.EDQUOT):
        return HubError(f"no space is left for {wanted}.", "Free some, or set HF_HUB_CACHE to a larger disk.")
    return HubError(
        f"{wanted} cannot be written to the cache ({err.strerror}).",
        "Set HF_HUB_CACHE to a folder that you may write to.",
    )
