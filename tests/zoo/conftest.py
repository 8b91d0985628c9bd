"""Fixtures of the core's tests."""

from tests.zoo.toy_plugins import install as install
