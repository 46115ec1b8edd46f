# Tests of input, e2e: shop/main.py, shop/routers/orders.py, shop/routers/products.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:35eb3e8f03d70d8477330a76406254e9fddf8b02dce2047703a95fe31664fdea
from fastapi.testclient import TestClient

import pytest

from shop.main import app


@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client


def test_health_counts_products(client):
    assert client.get("/health").json() == {"status": "empty", "products": 0}


def test_read_order_that_is_missing(client):
    assert client.get("/api/orders/7").json() == {"detail": "no order 7"}


@pytest.fixture
def order(client):
    shoe = client.post("/api/products", json={"sku": "a", "name": "A", "price": 10_000, "stock": 2}).json()
    return client.post("/api/orders", json={"lines": [{"product_id": shoe["id"], "count": 2}]}).json()


def test_pay_order_with_what_is_due(client, order):
    response = client.post(f"/api/orders/{order['id']}/payment", json={"amount": 23_750})
    assert (response.status_code, response.json()["status"]) == (200, "paid")


def test_pay_order_with_too_little(client, order):
    response = client.post(f"/api/orders/{order['id']}/payment", json={"amount": 1})
    assert (response.status_code, response.json()) == (402, {"detail": "237.50 is due"})


@pytest.fixture
def shoe(client):
    return client.post("/api/products", json={"sku": "red shoe", "name": "Shoe", "price": 1000, "stock": 2}).json()


def test_list_products_is_empty(client):
    assert client.get("/api/products").status_code == 200


def test_list_products_cheapest_first(client, shoe):
    client.post("/api/products", json={"sku": "cap", "name": "Cap", "price": 300})
    assert [product["name"] for product in client.get("/api/products?cheapest_first=true").json()] == ["Cap", "Shoe"]


def test_create_product_is_stored(client):
    response = client.post("/api/products", json={"sku": "red shoe", "name": "Shoe", "price": 1000})
    assert (response.status_code, response.json()["sku"]) == (201, "RED-SHOE")


def test_change_price(client, shoe):
    assert client.patch(f"/api/products/{shoe['id']}", json={"price": 5}).json()["price"] == 5
