"""Builds the indexes of the catalogues from the installed timm and open_clip; out of the wheel."""
