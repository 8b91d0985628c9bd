"""Words to numbers, without a network: a small vocabulary of words, and letters for every other word."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

PAD, START, UNKNOWN, END = "<pad>", "<start>", "<unknown>", "<end>"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"

# A word of Latin letters, one digit, or one character of any other script; the rest only separates.
_PIECE = re.compile(r"[a-z]+|[0-9]|[^\W_]")


class Tokenizer:
    """A word of the vocabulary is one token; another word is spelt, one token a letter.

    Case, accents and punctuation make no difference, and a number is its digits. The end token has the largest
    id, because open_clip's text tower reads its output where the id is greatest.

    >>> tokenizer = Tokenizer.build(["a", "photo", "of"])
    >>> tokenizer.pieces("A photo of: Zoë 12!")
    ['a', 'photo', 'of', '##z', '##o', '##e', '1', '2']
    >>> tokenizer.encode("a photo", 6) == [1, tokenizer.ids["a"], tokenizer.ids["photo"], tokenizer.end, 0, 0]
    True
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        if len(set(tokens)) != len(tokens) or tuple(tokens[:3]) != (PAD, START, UNKNOWN) or tokens[-1] != END:
            raise ValueError(f"want distinct tokens that begin with {PAD} {START} {UNKNOWN} and end with {END}")
        self.tokens = tuple(tokens)
        self.ids = {token: number for number, token in enumerate(tokens)}
        self.end = len(tokens) - 1

    @classmethod
    def build(cls, words: Iterable[str]) -> Tokenizer:
        """A tokenizer that knows `words`, every digit, and every letter for the rest."""
        spelling = [f"##{letter}" for letter in LETTERS]
        return cls([PAD, START, UNKNOWN, *DIGITS, *spelling, *sorted(set(words) - set(DIGITS)), END])

    @classmethod
    def read(cls, path: Path) -> Tokenizer:
        """The tokenizer of a JSON file that `write` made."""
        return cls(json.loads(path.read_text("utf-8"))["tokens"])

    def write(self, path: Path) -> None:
        """Store the tokens in the order of their ids."""
        path.write_text(json.dumps({"tokens": self.tokens}, indent=0, ensure_ascii=False) + "\n", "utf-8")

    def pieces(self, text: str) -> list[str]:
        """Tokens of a text, without start, end and padding."""
        found = []
        for word in split_words(text):
            if word in self.ids:
                found.append(word)
            elif word[0] in LETTERS:
                found.extend(f"##{letter}" for letter in word)
            else:
                found.append(UNKNOWN)
        return found

    def encode(self, text: str, length: int) -> list[int]:
        """Exactly `length` ids; a text that is too long loses its last words, never the end token."""
        body = [self.ids[piece] for piece in self.pieces(text)[: length - 2]]
        ids = [self.ids[START], *body, self.end]
        return ids + [self.ids[PAD]] * (length - len(ids))


def split_words(text: str) -> list[str]:
    """Lower-case words of a text; accents go, a digit stands alone, punctuation separates.

    >>> split_words("An X-ray of 2 Cafés")
    ['an', 'x', 'ray', 'of', '2', 'cafes']
    """
    plain = unicodedata.normalize("NFKD", text.lower())
    return _PIECE.findall("".join(character for character in plain if not unicodedata.combining(character)))
