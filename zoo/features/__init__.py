"""Features of a user's data, kept on disk: each picture or text goes through each model once."""

from zoo.features.extraction import Features, extract, extract_many, features_folder
from zoo.features.housekeeping import Kept, kept, prune, remove
from zoo.features.store import Store

__all__ = ["Features", "Kept", "Store", "extract", "extract_many", "features_folder", "kept", "prune", "remove"]
