"""Tables in an SQLite file; one connection a request."""

import sqlite3

from flask import current_app, g

from .models import NewProduct, NotFound, Order, OrderLine, OrderStatus, OutOfStock, Product


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    return connection


def create_tables(connection: sqlite3.Connection) -> None:
    connection.executescript("""
        CREATE TABLE IF NOT EXISTS products (
            id INTEGER PRIMARY KEY, sku TEXT UNIQUE, name TEXT, price INTEGER, stock INTEGER
        );
        CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, status TEXT);
        CREATE TABLE IF NOT EXISTS lines (order_id INTEGER, product_id INTEGER, count INTEGER);
    """)


def get_database() -> sqlite3.Connection:
    if "database" not in g:
        g.database = connect(current_app.config["DATABASE"])
    return g.database


def close_database(error: BaseException | None = None) -> None:
    database = g.pop("database", None)
    if database is not None:
        if error is None:
            database.commit()
        database.close()


class ProductTable:
    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def all(self, most: int, cheapest_first: bool = False) -> list[Product]:
        order = "price, id" if cheapest_first else "id"
        rows = self._connection.execute(f"SELECT * FROM products ORDER BY {order} LIMIT ?", (most,))
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
        cursor = self._connection.execute("INSERT INTO orders (status) VALUES (?)", (OrderStatus.OPEN.value,))
        self._connection.executemany(
            "INSERT INTO lines VALUES (?, ?, ?)", [(cursor.lastrowid, line.product_id, line.count) for line in lines]
        )
        return self.get(cursor.lastrowid)

    def get(self, order_id: int) -> Order:
        row = self._connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
        if row is None:
            raise NotFound(f"no order {order_id}")
        lines = self._connection.execute("SELECT product_id, count FROM lines WHERE order_id = ?", (order_id,))
        return Order(row["id"], row["status"], [OrderLine(**line) for line in lines])

    def set_status(self, order_id: int, status: OrderStatus) -> Order:
        self._connection.execute("UPDATE orders SET status = ? WHERE id = ?", (status.value, order_id))
        return self.get(order_id)
