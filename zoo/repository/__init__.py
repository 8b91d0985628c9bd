"""What the settings files of a model repository say of it: on the hub, or in a folder of the user.

    settings   the small JSON files, and which keys nobody here knows
    images     preprocessor_config.json as a contract
    sentences  modules.json and what it names: pooling, dense layers, prompts
    reading    all of it as the facts of a card

A key that is not known is told, and what depends on it is refused: nothing is ignored.
"""
