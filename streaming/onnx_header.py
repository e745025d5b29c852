"""What an ONNX file says of itself, read without the onnx package: metadata, inputs and outputs.

sherpa-onnx ends the process when a model lacks what it expects, so the runtime looks first.  Only the needed fields of
the protobuf wire format are read (onnx.proto: ModelProto.graph = 7, metadata_props = 14; GraphProto.input = 11,
output = 12); weights are skipped by their length.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class OnnxHeader:
    """Metadata and, by position, the shape of every input and output; a symbolic dimension is None."""

    metadata: dict[str, str]
    inputs: tuple[tuple[int | None, ...], ...]
    outputs: tuple[tuple[int | None, ...], ...]


def read_header(path: Path) -> OnnxHeader:
    """Raises ValueError if the file is not an ONNX model, OSError if it cannot be read."""
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # the weights are never touched
        except ValueError as error:
            raise ValueError(f"{path.name} is not an ONNX model: it is empty") from error
    with mapped:
        return _header(path.name, mapped)


def _header(name: str, data: mmap.mmap) -> OnnxHeader:
    metadata: dict[str, str] = {}
    inputs: list[tuple[int | None, ...]] = []
    outputs: list[tuple[int | None, ...]] = []
    try:
        for number, value in _fields(data, range(len(data))):
            if number == 14:
                entry = {key: data[text.start : text.stop].decode() for key, text in _messages(data, value)}
                metadata[entry.get(1, "")] = entry.get(2, "")
            elif number == 7:
                for inner, content in _messages(data, value):
                    if inner in (11, 12):
                        (inputs if inner == 11 else outputs).append(_shape(data, content))
    except (IndexError, UnicodeDecodeError, TypeError) as error:
        raise ValueError(f"{name} is not an ONNX model") from error
    if not inputs or not outputs:
        raise ValueError(f"{name} is not an ONNX model: it has no inputs or outputs")
    return OnnxHeader(metadata, tuple(inputs), tuple(outputs))


# A message is known by the range of its bytes in the file: views into a mapped file would keep it from being closed
# for as long as an error's traceback holds them.


def _shape(data: mmap.mmap, value_info: range) -> tuple[int | None, ...]:
    """ValueInfoProto.type(2).tensor_type(1).shape(2).dim(1): dim_value(1) or dim_param(2)"""
    dims: list[int | None] = []
    for wanted_type, type_proto in _messages(data, value_info):
        if wanted_type != 2:
            continue
        for _, tensor in _messages(data, type_proto):
            for is_shape, shape in _messages(data, tensor):
                if is_shape == 2:
                    dims += [_dimension(data, dim) for _, dim in _messages(data, shape)]
    return tuple(dims)


def _dimension(data: mmap.mmap, dim: range) -> int | None:
    for number, value in _fields(data, dim):
        if number == 1 and isinstance(value, int):
            return value
    return None


def _messages(data: mmap.mmap, message: range | int) -> Iterator[tuple[int, range]]:
    """The length-delimited fields of a message."""
    if isinstance(message, int):
        raise TypeError("expected a message")
    for number, value in _fields(data, message):
        if not isinstance(value, int):
            yield number, value


def _fields(data: mmap.mmap, message: range) -> Iterator[tuple[int, range | int]]:
    position = message.start
    while position < message.stop:
        key, position = _varint(data, position, message.stop)
        kind = key & 7
        if kind == VARINT:
            value, position = _varint(data, position, message.stop)
            yield key >> 3, value
        elif kind == LENGTH_DELIMITED:
            length, position = _varint(data, position, message.stop)
            if position + length > message.stop:
                raise IndexError("truncated")
            yield key >> 3, range(position, position + length)
            position += length
        elif kind in (FIXED32, FIXED64):
            position += 4 if kind == FIXED32 else 8
        else:
            raise IndexError("unknown wire type")


def _varint(data: mmap.mmap, position: int, stop: int) -> tuple[int, int]:
    result = shift = 0
    while shift < 64:
        if position >= stop:
            raise IndexError("truncated")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7
    raise IndexError("varint too long")
