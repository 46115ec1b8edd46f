"""What can be set."""

from dataclasses import dataclass


@dataclass
class Settings:
    DATABASE: str = "shop.db"
    PAGE: int = 100
