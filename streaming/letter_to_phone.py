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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    children: Mapping[str, Node] = field(default_factory=dict)


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
                self._trees, self._text = _parse(self._text.rstrip("\n")), ""
            except ValueError as error:
                raise self._damaged(error) from error
        return self._trees

    def _damaged(self, error: ValueError) -> BundleError:
        return BundleError(f"the letter-to-phone model {self._where} is damaged: {error}")

    def predict(self, word: str) -> tuple[str, ...]:
        """The phones of a word; characters that are no letters are silent.  Empty if nothing can be said."""
        letters = "".join(letter for letter in word.lower() if letter in LETTERS)
        padded = pad(letters)
        answers: list[str] = []
        for position in range(WIDEST, WIDEST + len(letters)):
            asked = ((tree, context(tree.neighbours, padded, position, answers)) for tree in self.trees)
            try:
                votes = Counter(tree.answer(values) for tree, values in asked)
            except ValueError as error:
                raise self._damaged(error) from error
            answers.append(votes.most_common(1)[0][0])
        return tuple(phone for answer in answers if answer != NONE for phone in answer.split("+"))


def _write_node(node: Node, depth: int, value: str, lines: list[str]) -> None:
    lines.append(f"{depth} {value} {node.phones}")
    for child_value, child in sorted(node.children.items()):
        _write_node(child, depth + 1, child_value, lines)


def _parse(text: str) -> list[Tree]:
    """The trees of a file.  Their nodes are read when somebody comes by: most are never asked for."""
    trees: list[Tree] = []
    for block in text.split("\ntree ")[1:]:
        head, _, nodes = block.partition("\n")
        neighbours = tuple(head.split(" "))
        if any(abs(int(neighbour.lstrip("p"))) > WIDEST for neighbour in neighbours):
            raise ValueError(f"a neighbour is further than {WIDEST}")
        depth, _, phones = nodes.partition("\n")[0].split(" ")
        if depth != "0":
            raise ValueError(f"a tree begins with a node of depth {depth}")
        trees.append(Tree(neighbours, Node(phones, Children(nodes, 0, len(nodes), 1))))
    if not trees:
        raise ValueError("it has no trees")
    return trees


class Children(Mapping[str, Node]):
    """The children of a stored node.  They are found in the text when the first of them is asked for."""

    __slots__ = ("_depth", "_end", "_found", "_start", "_text")

    def __init__(self, text: str, start: int, end: int, depth: int) -> None:
        """text: of a tree; start, end: of the lines of the node and of everything below it."""
        self._text, self._start, self._end, self._depth = text, start, end, depth
        self._found: dict[str, Node] | None = None

    def __getitem__(self, value: str) -> Node:
        return self._nodes()[value]

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes())

    def __len__(self) -> int:
        return len(self._nodes())

    def get(self, value: str, default: Any = None) -> Any:
        return self._nodes().get(value, default)

    def _nodes(self) -> dict[str, Node]:
        if self._found is None:
            text, mark, found = self._text, f"\n{self._depth} ", {}
            place = text.find(mark, self._start, self._end)
            while place >= 0:
                following = text.find(mark, place + 1, self._end)
                last = self._end if following < 0 else following
                line_end = text.find("\n", place + 1, last)
                _, value, phones = text[place + 1 : last if line_end < 0 else line_end].split(" ")
                found[value] = Node(phones, Children(text, place + 1, last, self._depth + 1))
                place = following
            self._found = found
        return self._found
