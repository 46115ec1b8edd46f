/* A ring buffer of bytes: one end writes, the other reads, and nothing is moved. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPACITY 256

struct ring {
    uint8_t bytes[CAPACITY];
    size_t head;
    size_t count;
};

bool ring_put(struct ring *ring, uint8_t byte) {
    if (ring->count == CAPACITY)
        return false;
    ring->bytes[(ring->head + ring->count) % CAPACITY] = byte;
    ring->count += 1;
    return true;
}

bool ring_take(struct ring *ring, uint8_t *byte) {
    if (ring->count == 0)
        return false;
    *byte = ring->bytes[ring->head];
    ring->head = (ring->head + 1) % CAPACITY;
    ring->count -= 1;
    return true;
}
