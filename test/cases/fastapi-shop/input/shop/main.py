"""The application: its database lives as long as it does."""

from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from . import routers
from .database import ShopError, connect, create_tables
from .schemas import Health


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.database = connect(":memory:")
    create_tables(app.state.database)
    yield
    app.state.database.close()


app = FastAPI(title="shop", lifespan=lifespan)
app.include_router(routers.router, prefix="/api")


@app.exception_handler(ShopError)
def answer_shop_error(request: Request, error: ShopError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=error.status)


@app.get("/health")
def health(request: Request) -> Health:
    """Says whether the database answers, and how many products it holds."""
    [count] = request.app.state.database.execute("SELECT count(*) FROM products").fetchone()
    return Health(status="ok" if count else "empty", products=count)
