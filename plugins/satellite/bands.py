"""Band names of Earth-observation instruments, in the order of their products and of the models that use them."""

SENTINEL2_L1C = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
SENTINEL2_L2A = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
SENTINEL2_LAND = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
"""Without the bands of 60 m, which see the air: what SatMAE, Clay and Galileo take."""
SENTINEL2_DOFA = ("B04", "B03", "B02", "B05", "B06", "B07", "B08", "B11", "B12")
"""DOFA's and SatlasPretrain's order of nine bands."""
SENTINEL2_OLMOEARTH = ("B02", "B03", "B04", "B08", "B05", "B06", "B07", "B8A", "B11", "B12", "B01", "B09")
HLS = ("blue", "green", "red", "nir_narrow", "swir_1", "swir_2")
"""Six bands that Sentinel-2 (B02 B03 B04 B8A B11 B12) and Landsat 8-9 (B2 to B7) share in HLS: Prithvi's."""
