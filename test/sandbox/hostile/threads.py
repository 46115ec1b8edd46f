import threading
import time


def test_starts_threads_without_end():
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
