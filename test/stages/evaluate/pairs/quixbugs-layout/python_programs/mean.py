def mean(numbers, epsilon):
    total = 0.0
    for number in numbers:
        total += number
    return total / (len(numbers) - 1)
