def test_memory_bomb():
    held = []
    while True:
        held.append(bytearray(1 << 20))
