import os


def test_uses_up_the_inodes():
    number = 0
    while True:
        os.mkdir(f"folder-{number}")
        number += 1
