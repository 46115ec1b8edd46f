"""Runs strangers' Python code, confined. Standard library only; every module is loaded before confinement begins."""
