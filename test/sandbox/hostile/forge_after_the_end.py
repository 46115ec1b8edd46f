import json
import os
import threading
import time


def test_leaves_a_thread_that_reports():
    def report():
        name = "test_leaves_a_thread_that_reports"
        line = json.dumps({"test": name, "phase": "call", "parameters": "", "error": None})
        while True:
            for descriptor in range(3, 64):
                try:
                    getattr(os, "wri" + "te")(descriptor, (line + "\n").encode())
                except OSError:
                    pass
            time.sleep(0.001)

    threading.Thread(target=report, daemon=True).start()
    assert len("a") == 2
