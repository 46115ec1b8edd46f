"""Makes GGUF files of an adapter, with llama.cpp's own converters, as a request says.

    python convert.py REQUEST.json

The request: {llama_cpp: folder of its sources, libllama: its library, base: file or folder, adapter: folder,
scratch: folder, outputs: [{holds: "adapter" | "merged", type, file}], metadata: {key: text}}
"""

import json
import pathlib
import sys

import contract
import gguf_files
import merge


def main(request: dict) -> None:
    llama_cpp, scratch = pathlib.Path(request["llama_cpp"]), pathlib.Path(request["scratch"])
    base, adapter = pathlib.Path(request["base"]), pathlib.Path(request["adapter"])
    outputs = request["outputs"]
    merged = None
    for done, output in enumerate(outputs):
        contract.tell_progress(step=done, steps=len(outputs))
        raw = scratch / "raw.gguf"
        if output["holds"] == "adapter":
            model = merge.save_configuration(base, scratch / "configuration")
            gguf_files.convert_adapter(llama_cpp, adapter, model, output["type"], raw)
        else:
            merged = merged or merge.save_merged(base, adapter, scratch / "merged")
            gguf_files.convert_model(llama_cpp, request["libllama"], merged, output["type"], raw)
        gguf_files.add_metadata(raw, pathlib.Path(output["file"]), request["metadata"])
        raw.unlink()
    contract.tell_progress(step=len(outputs), steps=len(outputs))


if __name__ == "__main__":
    main(json.loads(pathlib.Path(sys.argv[1]).read_text()))
