"""What is sold, and what goes wrong. Prices are in cents."""

from dataclasses import dataclass, field
from enum import Enum


class ShopError(Exception):
    """Something that a client can put right."""

    status = 400


class Invalid(ShopError):
    status = 422


class NotFound(ShopError):
    status = 404


class OutOfStock(ShopError):
    status = 409


class OrderStatus(Enum):
    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass
class NewProduct:
    sku: str
    name: str
    price: int
    stock: int = 0

    def __post_init__(self):
        if self.price < 0 or self.stock < 0:
            raise Invalid("price and stock must not be negative")


@dataclass
class Product:
    id: int
    sku: str
    name: str
    price: int
    stock: int


@dataclass
class OrderLine:
    product_id: int
    count: int = 1


@dataclass
class NewOrder:
    lines: list[OrderLine] = field(default_factory=list)

    def __post_init__(self):
        if not self.lines:
            raise Invalid("an order has at least one line")


@dataclass
class Order:
    id: int
    status: str
    lines: list[OrderLine]


@dataclass
class Payment:
    amount: int
