import threading
import time


def test_leaves_threads_that_burn():
    def burn():
        while True:
            pass

    for _ in range(20):
        threading.Thread(target=burn).start()
    time.sleep(0.05)
    assert threading.active_count() < 2
