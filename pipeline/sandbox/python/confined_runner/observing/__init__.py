"""Runs tests whose expectations may be wrong, and tells what the code answers where they are."""
