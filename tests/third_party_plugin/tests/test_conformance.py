"""What an author of a plugin writes to have it checked; run it with pytest where the plugin is installed."""

from __future__ import annotations

from zoo.testing import PluginConformance


class TestHerbarium(PluginConformance):
    """Every check of the kit, on this package."""

    plugin = "zoo_herbarium"
