"""Letters to phones, for words that the lexicon lacks.

Several decision trees vote, letter by letter from left to right, on the phones of each letter: none, one or two.  A
tree asks for one neighbour after the other (letters around, phones just decided) and answers from the deepest context
that it has seen.  ``saidmeant.export.letter_to_phone`` grows them from a lexicon.

The file is gzipped UTF-8 text: a ``tree`` line with the neighbours in order, then its nodes depth first, one per line:
``depth value phones``; phones are joined by ``+``, ``_`` stands for none and ``#`` for beyond the word.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import BundleError

LETTERS = "abcdefghijklmnopqrstuvwxyz'"
HEADER = "saidmeant letter-to-phone 1"
NONE, EDGE = "_", "#"
WIDEST = 8
"""No tree looks further than this many letters."""


@dataclass(slots=True)
class Node:
    """The usual answer in a context, and the contexts one neighbour longer that answer differently."""

    phones: str
    children: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tree:
    """``neighbours``: ``0`` is the letter itself, ``-2`` the second to its left, ``p1`` the answer just before."""

    neighbours: tuple[str, ...]
    root: Node

    def answer(self, context: Sequence[str]) -> str:
        """The phones of the deepest node on the way that a context takes."""
        node = self.root
        for value in context:
            child = node.children.get(value)
            if child is None:
                break
            node = child
        return node.phones


def context(neighbours: Sequence[str], padded: str, position: int, answers: Sequence[str]) -> list[str]:
    """What a tree asks for.  padded: the word between edges; position: in padded; answers: of earlier letters."""
    values = []
    for neighbour in neighbours:
        if neighbour[0] == "p":
            back = int(neighbour[1:])
            values.append(answers[-back] if back <= len(answers) else EDGE)
        else:
            values.append(padded[position + int(neighbour)])
    return values


def pad(word: str) -> str:
    return EDGE * WIDEST + word + EDGE * WIDEST


class LetterToPhone:
    """The voting trees.  A file is parsed when the first word is asked for, so that reading it costs nothing."""

    def __init__(self, trees: Sequence[Tree] | None = None, text: str = "", where: str = "") -> None:
        self._trees = trees
        self._text = text
        self._where = where

    @classmethod
    def read(cls, path: str | Path) -> LetterToPhone:
        """Raises :class:`BundleError` if the file is missing, damaged or something else."""
        try:
            text = gzip.decompress(Path(path).read_bytes()).decode("utf-8")
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise BundleError(f"cannot read the letter-to-phone model {path}: {error}") from error
        if not text.startswith(HEADER + "\n"):
            raise BundleError(f"{path} is not a letter-to-phone model: its first line is not {HEADER!r}")
        return cls(text=text, where=str(path))

    def write(self, path: str | Path) -> None:
        """The same trees give the same bytes."""
        lines = [HEADER]
        for tree in self.trees:
            lines.append(f"tree {' '.join(tree.neighbours)}")
            _write_node(tree.root, 0, EDGE, lines)
        Path(path).write_bytes(gzip.compress("\n".join(lines).encode("utf-8"), compresslevel=9, mtime=0))

    @property
    def trees(self) -> Sequence[Tree]:
        if self._trees is None:
            try:
                self._trees, self._text = _parse(self._text.splitlines()[1:]), ""
            except (ValueError, IndexError) as error:
                raise BundleError(f"the letter-to-phone model {self._where} is damaged: {error}") from error
        return self._trees

    def predict(self, word: str) -> tuple[str, ...]:
        """The phones of a word; characters that are no letters are silent.  Empty if nothing can be said."""
        letters = "".join(letter for letter in word.lower() if letter in LETTERS)
        padded = pad(letters)
        answers: list[str] = []
        for position in range(WIDEST, WIDEST + len(letters)):
            votes = Counter(tree.answer(context(tree.neighbours, padded, position, answers)) for tree in self.trees)
            answers.append(votes.most_common(1)[0][0])
        return tuple(phone for answer in answers if answer != NONE for phone in answer.split("+"))


def _write_node(node: Node, depth: int, value: str, lines: list[str]) -> None:
    lines.append(f"{depth} {value} {node.phones}")
    for child_value, child in sorted(node.children.items()):
        _write_node(child, depth + 1, child_value, lines)


def _parse(lines: Sequence[str]) -> list[Tree]:
    trees: list[Tree] = []
    path: list[Node] = []
    neighbours: tuple[str, ...] = ()
    for line in lines:
        depth, value, *rest = line.split(" ")
        if depth == "tree":
            neighbours = (value, *rest)
            if any(abs(int(neighbour.lstrip("p"))) > WIDEST for neighbour in neighbours):
                raise ValueError(f"a neighbour is further than {WIDEST}")
            continue
        node = Node(rest[0])
        level = int(depth)
        if level == 0:
            trees.append(Tree(neighbours, node))
        else:
            path[level - 1].children[value] = node
        path[level:] = [node]
    if not trees or not neighbours:
        raise ValueError("it has no trees")
    return trees
