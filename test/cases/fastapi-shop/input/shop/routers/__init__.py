"""Everything below the prefix that the application chooses."""

from fastapi import APIRouter

from .orders import router as order_router
from . import products

router = APIRouter()
router.include_router(products.router)
router.include_router(order_router, prefix="/orders")
