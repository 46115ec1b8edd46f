"""Prices in cents."""

from .schemas import OrderLine, Product


def subtotal(lines: list[OrderLine], products: dict[int, Product]) -> int:
    return sum(line.count * products[line.product_id].price for line in lines)


def discount_for(amount: int) -> int:
    """5 % from 100.00 on, 10 % from 500.00 on."""
    if amount >= 50_000:
        return amount // 10
    return amount // 20 if amount >= 10_000 else 0


def with_tax(amount: int, rate: float = 0.25) -> int:
    return round(amount * (1 + rate))


def total(lines: list[OrderLine], products: dict[int, Product]) -> int:
    amount = subtotal(lines, products)
    return with_tax(amount - discount_for(amount))


def format_price(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"
