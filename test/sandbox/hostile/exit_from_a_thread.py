import os
import threading
import time


def test_ends_the_process_from_elsewhere():
    threading.Thread(target=lambda: getattr(os, "_ex" + "it")(0)).start()
    time.sleep(5)
