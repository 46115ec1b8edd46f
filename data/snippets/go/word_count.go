// Counts the words of its standard input and prints the most frequent ones.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strings"
)

type entry struct {
	word  string
	count int
}

func count(scanner *bufio.Scanner) []entry {
	counts := map[string]int{}
	scanner.Split(bufio.ScanWords)
	for scanner.Scan() {
		counts[strings.ToLower(strings.Trim(scanner.Text(), ".,;:!?\"'()"))]++
	}
	entries := make([]entry, 0, len(counts))
	for word, n := range counts {
		entries = append(entries, entry{word, n})
	}
	sort.Slice(entries, func(i, j int) bool {
		if entries[i].count != entries[j].count {
			return entries[i].count > entries[j].count
		}
		return entries[i].word < entries[j].word
	})
	return entries
}

func main() {
	for i, each := range count(bufio.NewScanner(os.Stdin)) {
		if i == 10 {
			break
		}
		fmt.Printf("%6d %s\n", each.count, each.word)
	}
}
