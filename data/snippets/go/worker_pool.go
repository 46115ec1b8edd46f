package main

import (
	"fmt"
	"sync"
)

// mapParallel calls f on every value, in a fixed number of goroutines; results are in the order of the values.
func mapParallel[T, R any](values []T, workers int, f func(T) R) []R {
	results := make([]R, len(values))
	indices := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range indices {
				results[i] = f(values[i])
			}
		}()
	}
	for i := range values {
		indices <- i
	}
	close(indices)
	group.Wait()
	return results
}

func main() {
	fmt.Println(mapParallel([]int{1, 2, 3, 4}, 2, func(n int) int { return n * n }))
	// => [1 4 9 16]
}
