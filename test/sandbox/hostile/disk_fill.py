def test_fills_the_disk():
    number = 0
    while True:
        with open(f"fill-{number}", "wb") as file:
            for _ in range(32):
                file.write(bytes(1 << 20))
        number += 1
