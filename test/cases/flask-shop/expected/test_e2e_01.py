# Tests of input, e2e: shop/__init__.py, shop/views/orders.py, shop/views/products.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:133817e0d29470df347b2f6f162d7061f6f35ae7d22a553f7610551d20c89d3a
import pytest

from shop import create_app


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = create_app()
    app.testing = True
    return app.test_client()


def test_health():
    with create_app().test_client() as visitor:
        assert visitor.get("/health").get_json() == {"products": 0, "status": "empty"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_read_order_that_is_missing(client, method):
    assert client.get("/api/orders/7").status_code == 404


def test_list_products_cheapest_first(client):
    for name, price in [("Shoe", 1000), ("Cap", 300)]:
        client.post("/api/products", json={"sku": name, "name": name, "price": price})
    assert [product["name"] for product in client.get("/api/products?cheapest_first=true").json] == ["Cap", "Shoe"]
