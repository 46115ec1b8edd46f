"""Prints what tools that train take, as their own sources say it: nothing of them is run.

    python record.py FOLDER

The folder holds each tool's wheel, unpacked, by its name: axolotl, mlx_lm, trl, transformers, unsloth.
"""

import ast
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1]).resolve()


def main() -> None:
    print(
        json.dumps(
            {
                "axolotl": {
                    "version": version("axolotl"),
                    "config": fields_with_bases("axolotl/axolotl/utils/schemas", "AxolotlInputConfig"),
                    "commands": commands("axolotl/axolotl/cli/main.py"),
                },
                "mlx-lm": {
                    "version": version("mlx_lm"),
                    "defaults": literal("mlx_lm/mlx_lm/lora.py", "CONFIG_DEFAULTS"),
                    "choices": argparse_choices("mlx_lm/mlx_lm/lora.py"),
                },
                "unsloth": {
                    "version": version("unsloth"),
                    "from_pretrained": parameters(
                        "unsloth/unsloth/models/loader.py", "FastLanguageModel", "from_pretrained"
                    ),
                    "get_peft_model": parameters("unsloth/unsloth/models/llama.py", "FastLlamaModel", "get_peft_model"),
                },
                "trl": {
                    "version": version("trl"),
                    "SFTConfig": {
                        **fields("transformers/transformers/training_args.py", "TrainingArguments"),
                        **fields("trl/trl/trainer/base_config.py", "_BaseConfig"),
                        **fields("trl/trl/trainer/sft_config.py", "SFTConfig"),
                    },
                },
                # Whose TrainingArguments an SFTConfig is of.
                "transformers": {"version": version("transformers")},
            },
            indent=1,
            sort_keys=True,
        )
    )


def version(package: str) -> str:
    metadata = next((root / package).glob("*.dist-info/METADATA")).read_text(encoding="utf-8")
    return next(line.removeprefix("Version: ") for line in metadata.splitlines() if line.startswith("Version: "))


def tree(path: str | pathlib.Path) -> ast.Module:
    return ast.parse((root / path).read_text(encoding="utf-8"))


def classes(module: ast.Module) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}


def fields(path: str, name: str) -> dict[str, str]:
    """The annotated names of a class, with their annotations as they are written."""
    file = root / path
    found = classes(tree(file)).get(name) if file.exists() else None
    return {} if found is None else annotated(found)


def annotated(node: ast.ClassDef) -> dict[str, str]:
    return {
        each.target.id: ast.unparse(each.annotation)
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }


def fields_with_bases(folder: str, name: str) -> dict[str, str]:
    known = {}
    for file in sorted((root / folder).glob("**/*.py")):
        known.update(classes(tree(file)))

    def gather(current: str) -> dict[str, str]:
        node = known.get(current)
        if node is None:
            return {}
        inherited = {}
        for base in reversed(node.bases):
            inherited.update(gather(ast.unparse(base)))
        return {**inherited, **annotated(node)}

    return gather(name)


def parameters(path: str, owner: str, function: str) -> list[str]:
    method = next(
        node for node in classes(tree(path))[owner].body if isinstance(node, ast.FunctionDef) and node.name == function
    )
    return [argument.arg for argument in [*method.args.args, *method.args.kwonlyargs]]


def literal(path: str, name: str):
    found = next(
        node for node in tree(path).body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )
    return ast.literal_eval(found.value)


def argparse_choices(path: str) -> dict[str, list[str]]:
    calls = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument"
    ]
    found = {}
    for call in calls:
        choices = next((keyword.value for keyword in call.keywords if keyword.arg == "choices"), None)
        if choices is not None:
            found[ast.literal_eval(call.args[-1]).lstrip("-").replace("-", "_")] = ast.literal_eval(choices)
    return found


def commands(path: str) -> dict[str, list[str]]:
    """Click's commands of a module, with the options that are written at them."""
    found = {}
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef):
            decorators = [
                each
                for each in node.decorator_list
                if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)
            ]
            if any(each.func.attr == "command" for each in decorators):
                options = [
                    ast.literal_eval(each.args[0]) for each in decorators if each.func.attr == "option" and each.args
                ]
                found[node.name.replace("_", "-")] = sorted(options)
    return found


if __name__ == "__main__":
    main()
