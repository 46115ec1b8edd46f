"""Everything below the prefix that the application chooses."""

from flask import Blueprint

from .orders import orders
from .products import products

api = Blueprint("api", __name__)
api.register_blueprint(products)
api.register_blueprint(orders, url_prefix="/orders")
