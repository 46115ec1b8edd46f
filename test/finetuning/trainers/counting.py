"""A trainer that keeps the contract and learns nothing: its weights count the rows that it has seen."""

import importlib.util
import json
import pathlib
import signal
import sys

options, folder = sys.argv[1:-1], pathlib.Path(sys.argv[-1])
training = json.loads((folder / "training.json").read_text())
rows = [json.loads(line) for line in (folder / training["train"]).read_text().splitlines()]
checkpoint = folder / training["checkpoints"] / "state.json"


def save(step, seen):
    partial = checkpoint.with_suffix(".partial")
    partial.write_text(json.dumps({"step": step, "seen": seen}))
    partial.replace(checkpoint)


def stop(*_):
    print(json.dumps({"message": "stopped, and saved"}), flush=True)
    sys.exit(143)


signal.signal(signal.SIGTERM, stop)
fresh = not checkpoint.exists()
state = {"step": 0, "seen": 0} if fresh else json.loads(checkpoint.read_text())
print(json.dumps({"message": f"begins at step {state['step']}"}), flush=True)
print("this line is not of the contract", flush=True)

if "--import" in options:
    name = options[options.index("--import") + 1]
    print(json.dumps({"message": f"{name} is {'there' if importlib.util.find_spec(name) else 'missing'}"}), flush=True)

steps = 6
for step in range(state["step"] + 1, steps + 1):
    seen = (step - 1) * len(rows) + len(rows)
    save(step, seen)
    print(
        json.dumps(
            {
                "step": step,
                "steps": steps,
                "loss": 1 / step,
                "learning_rate": 0.1,
                "tokens_per_second": 5.0,
                "eta": steps - step,
            }
        ),
        flush=True,
    )
    if fresh and step == 3 and "--wait" in options:
        print(json.dumps({"message": "waits"}), flush=True)
        signal.pause()
    if "--fail" in options:
        sys.exit("the trainer's own mistake")

if "--forget" not in options:
    adapter = folder / training["adapter"]
    adapter.mkdir(exist_ok=True)
    (adapter / "adapter_model.safetensors").write_text(
        json.dumps({"seen": seen, "seed": training["seed"], "r": training["config"]["lora"]["r"]})
    )
    (folder / "facts.json").write_text(json.dumps({"steps": steps, "device": "none"}))
