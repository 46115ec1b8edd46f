"""Orders: the prefix is given where this blueprint is registered."""

from flask import Blueprint, abort, jsonify, request

from ..database import OrderTable, ProductTable, get_database
from ..models import NewOrder, OrderLine, OrderStatus, Payment
from ..pricing import format_price, total

orders = Blueprint("orders", __name__, url_prefix="/purchases")


@orders.route("", methods=["POST"])
def create_order():
    order = NewOrder([OrderLine(**line) for line in request.get_json()["lines"]])
    products = ProductTable(get_database())
    for line in order.lines:
        products.take(line.product_id, line.count)
    return jsonify(OrderTable(get_database()).add(order.lines)), 201


@orders.get("/<int:order_id>")
def read_order(order_id: int):
    return jsonify(OrderTable(get_database()).get(order_id))


@orders.delete("/<int:order_id>")
def cancel_order(order_id: int):
    table = OrderTable(get_database())
    if table.get(order_id).status != OrderStatus.OPEN.value:
        abort(409)
    return jsonify(table.set_status(order_id, OrderStatus.CANCELLED))


@orders.post("/<int:order_id>/payment")
def pay_order(order_id: int):
    payment = Payment(**request.get_json())
    table, products = OrderTable(get_database()), ProductTable(get_database())
    lines = table.get(order_id).lines
    due = total(lines, {line.product_id: products.get(line.product_id) for line in lines})
    if payment.amount != due:
        return jsonify(detail=f"{format_price(due)} is due"), 402
    return jsonify(table.set_status(order_id, OrderStatus.PAID))
