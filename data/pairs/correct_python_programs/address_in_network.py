def address_in_network(address: str, network: str) -> bool:
    """Tell whether an IPv4 address such as 10.0.3.7 belongs to a network such as 10.0.0.0/22."""
    base, _, bits = network.partition("/")
    shift = 32 - int(bits)
    return _number(address) >> shift == _number(base) >> shift


def _number(address: str) -> int:
    number = 0
    for part in address.split("."):
        number = number * 256 + int(part)
    return number
