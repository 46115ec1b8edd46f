"""Reads [{ name, code }] on its input, runs each as a module, and answers what went wrong: { name: error }."""

import json
import sys
import warnings

warnings.simplefilter("ignore")
wrong = {}
for module in json.load(sys.stdin):
    namespace = {"__name__": "rebuilt", "__package__": None}
    try:
        exec(compile(module["code"], "rebuilt", "exec", dont_inherit=True), namespace)
        if module["name"] not in namespace:
            wrong[module["name"]] = "not defined"
        for check in module.get("checks", []):
            if not eval(check, namespace):
                wrong[check] = "false"
    except Exception as error:
        wrong[module["name"]] = f"{type(error).__name__}: {error}"
print(json.dumps(wrong))
