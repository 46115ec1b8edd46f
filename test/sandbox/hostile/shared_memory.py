import os


def test_fills_shared_memory():
    number = 0
    while True:
        with open(f"/dev/shm/fill-{number}", "wb") as file:
            file.write(bytes(16 << 20))
        number += 1
