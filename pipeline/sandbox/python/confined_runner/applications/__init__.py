"""Web applications: what they need around them, and what they answer."""
