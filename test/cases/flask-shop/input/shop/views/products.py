"""Products: /products"""

from flask import Blueprint, current_app, jsonify, request

from ..database import ProductTable, get_database
from ..models import NewProduct

products = Blueprint("products", __name__, url_prefix="/products")


@products.get("")
def list_products():
    cheapest_first = request.args.get("cheapest_first") == "true"
    return jsonify(ProductTable(get_database()).all(current_app.config["PAGE"], cheapest_first))


@products.route("", methods=["POST"])
def create_product():
    product = ProductTable(get_database()).add(NewProduct(**request.get_json()))
    return jsonify(product), 201


@products.get("/<int:product_id>")
def read_product(product_id: int):
    return jsonify(ProductTable(get_database()).get(product_id))


@products.patch("/<int:product_id>")
def change_price(product_id: int):
    return jsonify(ProductTable(get_database()).set_price(product_id, request.get_json()["price"]))
