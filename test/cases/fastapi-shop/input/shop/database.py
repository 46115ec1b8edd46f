"""Tables in SQLite, and what goes wrong with them."""

import sqlite3
from collections.abc import Iterator

from fastapi import Request

from .schemas import NewProduct, Order, OrderLine, OrderStatus, Product


class ShopError(Exception):
    """Something that a client can put right."""

    status = 400


class NotFound(ShopError):
    status = 404


class OutOfStock(ShopError):
    status = 409


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def create_tables(connection: sqlite3.Connection) -> None:
    connection.executescript("""
        CREATE TABLE products (id INTEGER PRIMARY KEY, sku TEXT UNIQUE, name TEXT, price INTEGER, stock INTEGER);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT);
        CREATE TABLE lines (order_id INTEGER, product_id INTEGER, count INTEGER);
    """)


def get_database(request: Request) -> Iterator[sqlite3.Connection]:
    connection = request.app.state.database
    with connection:
        yield connection


class ProductTable:
    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def all(self, cheapest_first: bool = False) -> list[Product]:
        rows = self._connection.execute(f"SELECT * FROM products ORDER BY {'price, id' if cheapest_first else 'id'}")
        return [Product(**row) for row in rows]

    def get(self, product_id: int) -> Product:
        row = self._connection.execute("SELECT * FROM products WHERE id = ?", (product_id,)).fetchone()
        if row is None:
            raise NotFound(f"no product {product_id}")
        return Product(**row)

    def add(self, product: NewProduct) -> Product:
        cursor = self._connection.execute(
            "INSERT INTO products (sku, name, price, stock) VALUES (?, ?, ?, ?)",
            (product.sku, product.name, product.price, product.stock),
        )
        return self.get(cursor.lastrowid)

    def set_price(self, product_id: int, price: int) -> Product:
        self.get(product_id)
        self._connection.execute("UPDATE products SET price = ? WHERE id = ?", (price, product_id))
        return self.get(product_id)

    def take(self, product_id: int, count: int) -> None:
        product = self.get(product_id)
        if product.stock < count:
            raise OutOfStock(f"only {product.stock} of {product.name} left")
        self._connection.execute("UPDATE products SET stock = stock - ? WHERE id = ?", (count, product_id))


class OrderTable:
    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def add(self, lines: list[OrderLine]) -> Order:
        cursor = self._connection.execute("INSERT INTO orders (status) VALUES (?)", (OrderStatus.open.value,))
        self._connection.executemany(
            "INSERT INTO lines VALUES (?, ?, ?)", [(cursor.lastrowid, line.product_id, line.count) for line in lines]
        )
        return self.get(cursor.lastrowid)

    def get(self, order_id: int) -> Order:
        row = self._connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
        if row is None:
            raise NotFound(f"no order {order_id}")
        lines = self._connection.execute("SELECT product_id, count FROM lines WHERE order_id = ?", (order_id,))
        return Order(id=row["id"], status=row["status"], lines=[OrderLine(**line) for line in lines])

    def set_status(self, order_id: int, status: OrderStatus) -> Order:
        self._connection.execute("UPDATE orders SET status = ? WHERE id = ?", (status.value, order_id))
        return self.get(order_id)
