"""Whole catalogues as cards: timm, open_clip and the Hub; `plugin` holds the hooks."""
