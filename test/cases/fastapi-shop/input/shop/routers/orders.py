"""Orders: the prefix is given where this router is included."""

import sqlite3

from fastapi import APIRouter, Depends, HTTPException

from ..database import OrderTable, ProductTable, get_database
from ..pricing import format_price, total
from ..schemas import NewOrder, Order, OrderStatus, Payment

router = APIRouter(tags=["orders"])


@router.post("", status_code=201)
def create_order(order: NewOrder, database: sqlite3.Connection = Depends(get_database)) -> Order:
    products = ProductTable(database)
    for line in order.lines:
        products.take(line.product_id, line.count)
    return OrderTable(database).add(order.lines)


@router.get("/{order_id}")
def read_order(order_id: int, database: sqlite3.Connection = Depends(get_database)) -> Order:
    return OrderTable(database).get(order_id)


@router.delete("/{order_id}")
def cancel_order(order_id: int, database: sqlite3.Connection = Depends(get_database)) -> Order:
    orders = OrderTable(database)
    if orders.get(order_id).status is not OrderStatus.open:
        raise HTTPException(409, "only an open order can be cancelled")
    return orders.set_status(order_id, OrderStatus.cancelled)


@router.post("/{order_id}/payment")
def pay_order(order_id: int, payment: Payment, database: sqlite3.Connection = Depends(get_database)) -> Order:
    orders = OrderTable(database)
    lines = orders.get(order_id).lines
    due = total(lines, {line.product_id: ProductTable(database).get(line.product_id) for line in lines})
    if payment.amount != due:
        raise HTTPException(402, f"{format_price(due)} is due")
    return orders.set_status(order_id, OrderStatus.paid)
