def split_csv_line(line: str, separator: str = ",") -> list[str]:
    """
    Split a line of CSV into its fields.

    A field in double quotes may hold separators; two double quotes inside it stand for one.
    """
    fields = [""]
    quoted = False
    position = 0
    while position < len(line):
        character = line[position]
        if character == '"':
            if quoted and line[position + 1 : position + 2] == '"':
                fields[-1] += '"'
                position += 1
            else:
                quoted = not quoted
        elif character == "," and not quoted:
            fields.append("")
        else:
            fields[-1] += character
        position += 1
    return fields
