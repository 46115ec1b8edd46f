def countdown(start, step):
    while start >= 0:
        yield start
        start -= step
