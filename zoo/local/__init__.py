"""Models that a user brings: a folder or a file on this disk, with a card made of its own files.

places       what lies at a path
checkpoints  a training script's file opened, and its names fitted to a network's
cards        the card of a path, and of a known model with the user's weights
named        models that the user named once, in zoo.toml or in a folder of JSON files
"""
