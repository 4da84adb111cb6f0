#!/usr/bin/env bash
# gradio 6.31.0: on `/gradio_api/queue/data` only the first `process_generating` of a generator holds its value. Those that
# follow hold a list of differences to the value before, under the same key and with the same `msg`; the value is whole again in
# `process_completed`. `/gradio_api/call/NAME/ID` sends whole values for the same function.
#
# Good guess: `output.data[0]` of each `process_generating` is what the function yielded.
# Seen: "a0", then [["replace", [], "a1"]], then [["replace", [], "a2"]], then "a2".
set -euo pipefail
command -v python3 >/dev/null || { echo 'python3 is missing'; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check gradio==6.31.0
cat >queue_data.py <<'PY'
import json
import sys
import time
import urllib.request

import gradio


def count(text):
    for number in range(3):
        time.sleep(0.2)
        yield f"{text}{number}"


with gradio.Blocks() as app:
    box, shown = gradio.Textbox(), gradio.Textbox()
    gradio.Button().click(count, box, shown, api_name="count")
_, address, _ = app.queue().launch(prevent_thread_lock=True, quiet=True)

call = {"data": ["a"], "fn_index": 0, "session_hash": "one"}
request = urllib.request.Request(
    f"{address}gradio_api/queue/join", json.dumps(call).encode(), {"content-type": "application/json"}
)
urllib.request.urlopen(request, timeout=20).read()
values = []
with urllib.request.urlopen(f"{address}gradio_api/queue/data?session_hash=one", timeout=20) as stream:
    for line in stream:
        if not line.startswith(b"data: "):
            continue
        message = json.loads(line[6:])
        if message["msg"] in ("process_generating", "process_completed"):
            values.append(message["output"]["data"][0])
        if message["msg"] == "close_stream":
            break
print("output.data[0]:", json.dumps(values))
app.close()
expected = ["a0", [["replace", [], "a1"]], [["replace", [], "a2"]], "a2"]
sys.exit(0 if values == expected else 1)
PY
GRADIO_ANALYTICS_ENABLED=False timeout 90 env/bin/python queue_data.py
