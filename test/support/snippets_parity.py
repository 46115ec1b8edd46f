"""Rows of a folder of scripts and a table, as the scripts do it that config/snippets-parity.yaml follows.

Written for the test from what those scripts do: usage: snippets_parity.py SCRIPTS TABLE TABLE-NAME OUT
"""

import csv
import hashlib
import json
import random
import sys
from pathlib import Path


def snippets(root: Path):
    for path in sorted(root.rglob("*.ahk")):
        text = path.read_text(encoding="utf-8", errors="replace").lstrip("\ufeff").strip()
        if not text:
            continue
        place = path.relative_to(root)
        category = place.parts[0] if len(place.parts) > 1 else ""
        prompt = [
            "You are maintaining a knowledge base of AutoHotkey examples.",
            f"Category: {category}",
            f"Example ID: {path.stem}",
            f"Source Path: {place.as_posix()}",
            "Return the exact AutoHotkey snippet associated with this reference.",
        ]
        metadata = {
            "source_path": place.as_posix(),
            "category": category,
            "filename": path.name,
            "line_count": len(text.splitlines()),
            "record_type": "snippet",
        }
        yield "\n".join(prompt), f"{text}\n", metadata


def references(table: Path, name: str):
    with table.open(encoding="utf-8-sig", newline="") as handle:
        for cells in csv.DictReader(handle):
            row = {key: (value or "").strip() for key, value in cells.items()}
            if not row["Name"] or not row["Description"]:
                continue
            kind = row["ElementType"] or "Unknown"
            prompt = [
                "You are maintaining a knowledge base of AutoHotkey reference entries.",
                f"Element Type: {kind}",
                f"Element Name: {row['Name']}",
                *lines(row, {"Source File": "SourceFile", "Category Path": "Path"}),
                "Provide the official description and any pertinent usage details.",
            ]
            fields = {"Signature Type": "Type", "Return Type": "ReturnType"}
            fields |= {"Symbol": "Symbol", "Parameters": "Parameters"}
            metadata = {
                "record_type": "reference",
                "element_type": kind,
                "name": row["Name"],
                "source_csv": name,
                "source_file": row["SourceFile"],
                "category_path": row["Path"],
            }
            yield "\n".join(prompt), "\n".join([row["Description"], *lines(row, fields)]) + "\n", metadata


def lines(row, fields):
    return [f"{shown}: {row[column]}" for shown, column in fields.items() if row[column]]


def unique(rows):
    seen = set()
    for prompt, response, metadata in rows:
        digest = hashlib.sha256(response.encode()).hexdigest()
        if digest in seen:
            continue
        seen.add(digest)
        yield {"prompt": prompt, "response": response, "metadata": {**metadata, "sha256": digest}}


def messages(row):
    turns = [
        ("system", "Reasoning medium. You are a helpful assistant."),
        ("user", row["prompt"].strip()),
        ("assistant", row["response"].strip()),
    ]
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def write(path: Path, rows):
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def main(scripts, table, name, out):
    rows = list(unique([*snippets(Path(scripts)), *references(Path(table), name)]))
    random.Random(2025).shuffle(rows)
    val, test = int(len(rows) * 0.15), int(len(rows) * 0.15)
    train = len(rows) - val - test
    splits = {"train": rows[:train], "val": rows[train : train + val], "test": rows[train + val :]}
    for split, part in splits.items():
        write(Path(out) / f"{split}.jsonl", part)
        write(Path(out) / f"{split}_harmony.jsonl", map(messages, part))


main(*sys.argv[1:])
