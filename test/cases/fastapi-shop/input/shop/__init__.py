"""A small shop behind a FastAPI application."""
