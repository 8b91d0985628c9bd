"""Static indexes of whole catalogues, written by `python -m zoo.plugins.build_catalogues`."""
