"""A small shop behind a Flask application."""

from flask import Flask, jsonify

from .config import Settings
from .database import close_database, create_tables, get_database
from .models import ShopError
from .views import api


def create_app(settings: Settings | None = None) -> Flask:
    app = Flask(__name__)
    app.config.from_object(settings or Settings())
    app.teardown_appcontext(close_database)
    app.register_error_handler(ShopError, answer_shop_error)
    app.register_blueprint(api, url_prefix="/api")
    app.add_url_rule("/health", view_func=health)
    with app.app_context():
        create_tables(get_database())
    return app


def answer_shop_error(error: ShopError):
    return jsonify(detail=str(error)), error.status


def health():
    """Says whether the database answers, and how many products it holds."""
    [count] = get_database().execute("SELECT count(*) FROM products").fetchone()
    return jsonify(status="ok" if count else "empty", products=count)
