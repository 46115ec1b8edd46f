"""
Runs a command on each of the files that it is given, one after another, and tells of each in a line of JSON:
{ file, exit, text }. `exit` is negative where a signal ended the command. each.json beside the files says how:
{ command: all that stands before and after "{file}", seconds: of CPU, most: characters of the text }.
"""

import json
import resource
import subprocess
import sys
import tempfile


def main():
    with open("each.json", encoding="utf-8") as file:
        how = json.load(file)

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (how["seconds"], how["seconds"] + 1))

    for path in sys.argv[1:]:
        # Files, and not pipes: what the command leaves behind (wine's services) holds them open.
        with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
            ended = subprocess.run(
                [part.replace("{file}", path) for part in how["command"]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                preexec_fn=limit,
                check=False,
            )
            said = [beginning(file, how["most"]) for file in (errors, output)]
        print(json.dumps({"file": path, "exit": ended.returncode, "text": "\n".join(filter(None, said))}), flush=True)


def beginning(file, characters):
    """Of what was written to a file."""
    file.seek(0)
    return file.read(4 * characters).decode("utf-8", "replace").strip()[:characters]


main()
