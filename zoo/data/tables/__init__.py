"""Tables of every usual format as batches of columns, read piece by piece.

separated   CSV and TSV: encoding, separator, quotes and heading found out, parsed by pyarrow
json_lines  JSONL, and JSON arrays
columnar    Parquet, Arrow and Feather files, one or several shards
frames      frames and lists that are at hand in Python
opening     the reader of a file, chosen by its name
"""

from zoo.data.tables.opening import TABLE_SUFFIXES, open_table
from zoo.data.tables.table import Batch, Table

__all__ = ["TABLE_SUFFIXES", "Batch", "Table", "open_table"]
