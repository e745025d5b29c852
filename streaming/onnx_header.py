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
    with mapped, memoryview(mapped) as data:
        return _header(path.name, data)


def _header(name: str, data: memoryview) -> OnnxHeader:
    metadata: dict[str, str] = {}
    inputs: list[tuple[int | None, ...]] = []
    outputs: list[tuple[int | None, ...]] = []
    try:
        for number, value in _fields(data):
            if number == 14:
                entry = {key: bytes(text).decode() for key, text in _messages(value)}
                metadata[entry.get(1, "")] = entry.get(2, "")
            elif number == 7:
                for inner, content in _messages(value):
                    if inner in (11, 12):
                        (inputs if inner == 11 else outputs).append(_shape(content))
    except (IndexError, UnicodeDecodeError, TypeError) as error:
        raise ValueError(f"{name} is not an ONNX model") from error
    if not inputs or not outputs:
        raise ValueError(f"{name} is not an ONNX model: it has no inputs or outputs")
    return OnnxHeader(metadata, tuple(inputs), tuple(outputs))


def _shape(value_info: memoryview) -> tuple[int | None, ...]:
    """ValueInfoProto.type(2).tensor_type(1).shape(2).dim(1): dim_value(1) or dim_param(2)"""
    dims: list[int | None] = []
    for wanted_type, type_proto in _messages(value_info):
        if wanted_type != 2:
            continue
        for _, tensor in _messages(type_proto):
            for is_shape, shape in _messages(tensor):
                if is_shape == 2:
                    dims += [_dimension(dim) for _, dim in _messages(shape)]
    return tuple(dims)


def _dimension(dim: memoryview) -> int | None:
    for number, value in _fields(dim):
        if number == 1 and isinstance(value, int):
            return value
    return None


def _messages(data: memoryview | int) -> Iterator[tuple[int, memoryview]]:
    """The length-delimited fields of a message."""
    if isinstance(data, int):
        raise TypeError("expected a message")
    for number, value in _fields(data):
        if not isinstance(value, int):
            yield number, value


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        kind = key & 7
        if kind == VARINT:
            value, position = _varint(data, position)
            yield key >> 3, value
        elif kind == LENGTH_DELIMITED:
            length, position = _varint(data, position)
            if position + length > len(data):
                raise IndexError("truncated")
            yield key >> 3, data[position : position + length]
            position += length
        elif kind in (FIXED32, FIXED64):
            position += 4 if kind == FIXED32 else 8
        else:
            raise IndexError("unknown wire type")


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    result = shift = 0
    while shift < 64:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7
    raise IndexError("varint too long")
