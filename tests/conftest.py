"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub_server import hub as hub

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real labelled data beside the checkout; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets are not beside this checkout (../shared/data)")
    return folder
