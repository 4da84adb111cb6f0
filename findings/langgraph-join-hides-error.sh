#!/usr/bin/env bash
# langgraph-api 0.16.7 (`langgraph dev`, in-memory runtime): a run that is streamed with `stream_resumable` and fails ends with
# `event: error`. Joining the same run with the id of its first event replays the events after it but that error, and
# ends cleanly with 200.
#
# Good guess: what is replayed is what was sent after `Last-Event-ID`, the error included.
# Seen: the first reader gets metadata, values, error; the one that joins gets values, and nothing else.
set -euo pipefail
command -v python3 >/dev/null || { echo 'python3 is missing'; exit 2; }
folder=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check \
  langgraph-api==0.16.7 langgraph-runtime-inmem==0.36.7 'langgraph-cli[inmem]'
cat >graph.py <<'PY'
from typing import TypedDict

from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    number: int


async def fail(state):
    raise ValueError("the node fails")


builder = StateGraph(State)
builder.add_node("fail", fail)
builder.add_edge(START, "fail")
builder.add_edge("fail", END)
graph = builder.compile()
PY
echo '{"dependencies": ["."], "graphs": {"fails": "./graph.py:graph"}}' >langgraph.json
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
LANGSMITH_TRACING=false PATH="$folder/env/bin:$PATH" timeout 120 \
  env/bin/langgraph dev --no-browser --no-reload --port "$port" >server.log 2>&1 &
server=$!
cat >join.py <<'PY'
import json
import sys
import time
import urllib.request

base = f"http://127.0.0.1:{sys.argv[1]}"


def names_and_ids(path, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read().decode().replace("\r\n", "\n")
        events = []
        for block in text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
            if "event" in fields:
                events.append((fields["event"], fields.get("id")))
        return events, response.headers


for _ in range(120):
    try:
        urllib.request.urlopen(base + "/ok", timeout=5)
        break
    except OSError:
        time.sleep(0.5)

with urllib.request.urlopen(
    urllib.request.Request(base + "/threads", b"{}", {"content-type": "application/json"}), timeout=30
) as response:
    thread = json.load(response)["thread_id"]
run = {"assistant_id": "fails", "input": {"number": 0}, "stream_mode": ["values"], "stream_resumable": True}
first, headers = names_and_ids(f"/threads/{thread}/runs/stream", run)
joined, _ = names_and_ids(headers["content-location"] + "/stream", headers={"last-event-id": first[0][1]})
print("first reader:", [name for name, _ in first])
print("after joining:", [name for name, _ in joined])
hidden = "error" in [name for name, _ in first] and "error" not in [name for name, _ in joined]
sys.exit(0 if hidden and joined else 1)
PY
if ! timeout 100 python3 join.py "$port"; then
  tail -n 20 server.log
  exit 1
fi
