#!/usr/bin/env bash
# FastAPI 0.165.0 with uvicorn 0.54.0: a generator of `fastapi.sse` that raises in mid-stream ends the body with its last
# chunk, as one that is complete does. Starlette's own StreamingResponse cuts the body in the same case.
#
# Good guess: a handler that raises after its first event leaves a truncated body, so that the client can tell.
# Seen: `0\r\n\r\n` after the first event with EventSourceResponse; no last chunk with StreamingResponse.
set -euo pipefail
command -v python3 >/dev/null || { echo 'python3 is missing'; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check fastapi==0.165.0 uvicorn==0.54.0
cat >raises.py <<'PY'
import asyncio
import socket
import sys
import threading
from collections.abc import AsyncIterable

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()


@app.get("/sse", response_class=EventSourceResponse)
async def sse() -> AsyncIterable[ServerSentEvent]:
    yield ServerSentEvent(data=1)
    await asyncio.sleep(0.05)
    raise RuntimeError("the generator fails")


@app.get("/plain")
async def plain():
    async def events():
        yield "data: 1\n\n"
        await asyncio.sleep(0.05)
        raise RuntimeError("the generator fails")

    return StreamingResponse(events(), media_type="text/event-stream")


listening = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()


def ends_with_last_chunk(path):
    with socket.create_connection(listening.getsockname(), timeout=20) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        body = b""
        while piece := client.recv(65536):
            body += piece
    assert b"data: 1" in body, body
    return body.endswith(b"0\r\n\r\n")


seen = {path: ends_with_last_chunk(path) for path in ("/sse", "/plain")}
print("the body ends with its last chunk:", seen)
sys.exit(0 if seen == {"/sse": True, "/plain": False} else 1)
PY
timeout 60 env/bin/python raises.py
