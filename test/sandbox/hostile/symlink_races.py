import os
import threading


def test_swaps_folders_for_links_while_others_look():
    here = os.getcwd()

    def swap(name):
        while True:
            try:
                os.mkdir(name)
                open(name + "/file", "w").close()
                os.remove(name + "/file")
                os.rmdir(name)
                os.symlink("@OUTSIDE@", name)
                os.remove(name)
            except OSError:
                pass

    for number in range(4):
        threading.Thread(target=swap, args=(f"{here}/swapped-{number}",), daemon=True).start()
    os.symlink("@OUTSIDE@", "left")
    os.makedirs("folder/below")
    os.symlink("@OUTSIDE@/secret", "folder/below/left")
    while True:
        pass
