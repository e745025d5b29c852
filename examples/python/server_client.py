"""Speak the server's protocol:  python server_client.py take1.wav [ws://127.0.0.1:8765]

Sends a recording to `saidmeant serve` at the pace of speech, as a microphone would, and prints what comes back.  The
protocol is in docs/protocol.md; this needs no saidmeant, only websockets and soundfile.
"""

import asyncio
import json
import sys
import time

import soundfile
from websockets.asyncio.client import ClientConnection, connect

CHUNK_SECONDS = 0.1


async def speak(connection: ClientConnection, path: str) -> None:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    await connection.send(json.dumps({"type": "start", "sample_rate": rate, "encoding": "s16le"}))
    size, began = round(CHUNK_SECONDS * rate), time.monotonic()
    for start in range(0, len(samples), size):
        await asyncio.sleep(max(0.0, began + start / rate - time.monotonic()))
        await connection.send(samples[start : start + size, 0].astype("<i2").tobytes())
    await connection.send(json.dumps({"type": "finish"}))


async def main(path: str, server: str = "ws://127.0.0.1:8765") -> None:
    async with connect(f"{server.rstrip('/')}/v1/listen") as connection:
        speaking = asyncio.create_task(speak(connection, path))
        async for text in connection:
            message = json.loads(text)
            if message["type"] == "update":
                update = message["update"]
                print(
                    "final  " if update["final"] else "partial",
                    update["meaning"]["text"],
                    "|",
                    update["surface"]["text"],
                )
            elif message["type"] in ("finished", "error"):
                print(message.get("message") or message["reason"])
        await speaking


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
