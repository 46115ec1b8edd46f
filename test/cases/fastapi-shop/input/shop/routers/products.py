"""Products: /products"""

import sqlite3

from fastapi import APIRouter, Depends

from ..database import ProductTable, get_database
from ..schemas import NewProduct, PriceChange, Product

router = APIRouter(prefix="/products", tags=["products"])


@router.get("")
def list_products(cheapest_first: bool = False, database: sqlite3.Connection = Depends(get_database)) -> list[Product]:
    return ProductTable(database).all(cheapest_first)


@router.post("", status_code=201)
def create_product(product: NewProduct, database: sqlite3.Connection = Depends(get_database)) -> Product:
    return ProductTable(database).add(product)


@router.get("/{product_id}")
async def read_product(product_id: int, database: sqlite3.Connection = Depends(get_database)) -> Product:
    return ProductTable(database).get(product_id)


@router.patch("/{product_id}")
def change_price(product_id: int, change: PriceChange, database: sqlite3.Connection = Depends(get_database)) -> Product:
    return ProductTable(database).set_price(product_id, change.price)
