from .node import Node
from .count_reachable import count_reachable


def main():
    print(count_reachable(Node("a", [Node("b")])))


if __name__ == "__main__":
    main()
