"""What requests and answers hold. Prices are in cents."""

from enum import Enum

from pydantic import BaseModel, Field, field_validator


def normalise_sku(text: str) -> str:
    return "-".join(text.upper().split())


class NewProduct(BaseModel):
    sku: str
    name: str = Field(min_length=1)
    price: int = Field(ge=0)
    stock: int = Field(default=0, ge=0)

    @field_validator("sku")
    @classmethod
    def _normalised(cls, text: str) -> str:
        return normalise_sku(text)


class Product(NewProduct):
    id: int


class PriceChange(BaseModel):
    price: int = Field(ge=0)


class OrderStatus(str, Enum):
    open = "open"
    paid = "paid"
    cancelled = "cancelled"


class OrderLine(BaseModel):
    product_id: int
    count: int = Field(ge=1)


class NewOrder(BaseModel):
    lines: list[OrderLine] = Field(min_length=1)


class Order(NewOrder):
    id: int
    status: OrderStatus


class Payment(BaseModel):
    amount: int


class Health(BaseModel):
    status: str
    products: int
