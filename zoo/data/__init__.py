"""Reads a user's data: what is in this folder, or this table? No framework, headers only.

    data = read("my_images/")             # rows: input, label, group, split
    facts = scan_folder("my_images/")     # counts, sizes, and what a careful reader would say of them
    facts.n_per_class, facts.size_px, facts.findings()

read          any usual form -> Dataset          tables       rows of a table of any format
walk          the files of a folder              columns      which column is what
folders       what folders mean                  labels       what cells of labels mean
picture_set   headers of pictures                groups       what must stay on one side
facts         counts and findings                splits       which rows learn, which are held out
"""

from zoo.data.dataset import Dataset
from zoo.data.facts import facts_of, scan_folder, scan_table
from zoo.data.files import PictureFacts, Unreadable
from zoo.data.picture_facts import FolderFacts
from zoo.data.read import read
from zoo.data.text_facts import TableFacts

__all__ = [
    "Dataset",
    "FolderFacts",
    "PictureFacts",
    "TableFacts",
    "Unreadable",
    "facts_of",
    "read",
    "scan_folder",
    "scan_table",
]
