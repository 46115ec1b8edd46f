"""Where the values stand that a test is run with: rows of `parametrize`, and of lists that a loop goes through."""

import ast

from .. import assertions


class Tables:
    """
    `parameters`: names that parametrize gives values to; `loops`: by the For node, a number and what it goes through.
    """

    def __init__(self, function, tree):
        self._assigned = _assigned_once(tree)
        self._local = _assigned_once(function)
        self._function = function
        self.parameters = {}
        self.loops = {}
        for decorator in function.decorator_list:
            self._note_parametrize(decorator)
        for node in ast.walk(function):
            if isinstance(node, ast.For):
                self.loops[id(node)] = Loop(len(self.loops), node, self._rows(node.iter))

    def _note_parametrize(self, decorator):
        if (
            not isinstance(decorator, ast.Call)
            or assertions.called(decorator) != "parametrize"
            or len(decorator.args) < 2
        ):
            return
        names, rows = decorator.args[:2]
        if isinstance(names, ast.Constant) and isinstance(names.value, str):
            given = [name.strip() for name in names.value.split(",")]
        elif isinstance(names, (ast.List, ast.Tuple)):
            given = [name.value for name in names.elts if isinstance(name, ast.Constant)]
        else:
            return
        has_ids = any(
            keyword.arg == "ids" and isinstance(keyword.value, (ast.List, ast.Tuple)) for keyword in decorator.keywords
        )
        found = self._rows(rows)
        for place, name in enumerate(given):
            if name:
                self.parameters[name] = Column(found, place if len(given) > 1 else None, has_ids)

    def _rows(self, node):
        """The elements of a list that is written out, there or where its name is given to it."""
        seen = set()
        while isinstance(node, ast.Name) and node.id not in seen:
            seen.add(node.id)
            node = self._local.get(node.id) or self._assigned.get(node.id)
        if isinstance(node, (ast.List, ast.Tuple)) and not any(isinstance(part, ast.Starred) for part in node.elts):
            return Written(node.elts, node)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "items"
            and not node.args
        ):
            inner = node.func.value
            inner = (
                (self._local.get(inner.id) or self._assigned.get(inner.id)) if isinstance(inner, ast.Name) else inner
            )
            if isinstance(inner, ast.Dict) and all(inner.keys):
                return [ast.Tuple(elts=[key, value], ctx=ast.Load()) for key, value in zip(inner.keys, inner.values)]
        return None

    def place(self, node, indices):
        """
        The expression that says what `node` stands for, as far as it is written out: a cell of a table, what a name is
        given; else itself. `indices` are the rows that are run now, by parameter and by number of loop.
        """
        return self._resolved(node, indices) or node

    def row(self, indices):
        """What a failing row of a table is, where exactly one table is gone through: (rows, number); else None."""
        tables = {
            id(column.rows): (column.rows, indices.get(name))
            for name, column in self.parameters.items()
            if column.rows is not None
        }
        tables.update(
            {
                id(loop.rows): (loop.rows, indices.get(loop.number))
                for loop in self.loops.values()
                if loop.rows is not None and loop.number in indices
            }
        )
        if len(tables) != 1 or any(column.has_ids for column in self.parameters.values()):
            return None
        rows, number = next(iter(tables.values()))
        return (
            None
            if number is None
            or number >= len(rows)
            or not hasattr(rows[number], "lineno")
            or not isinstance(rows, Written)
            else (rows, number)
        )

    def value_of(self, name, indices):
        """What stands for a name in this run; None where that is not written out."""
        if name in self.parameters:
            return self.parameters[name].cell(indices.get(name))
        for loop in self.loops.values():
            if loop.number in indices and (found := loop.cell(name, indices[loop.number])) is not None:
                return found
        return self._local.get(name)

    def _resolved(self, node, indices):
        if isinstance(node, ast.Name):
            if node.id in self._local and self._uses(node.id) != 1:
                return None
            return self.value_of(node.id, indices)
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.value, ast.Name)
        ):
            whole = self.value_of(node.value.id, indices)
            if node.value.id in self._local:
                return None
            key = node.slice.value
            if (
                isinstance(whole, (ast.Tuple, ast.List))
                and isinstance(key, int)
                and -len(whole.elts) <= key < len(whole.elts)
            ):
                return whole.elts[key]
            if isinstance(whole, ast.Dict):
                return next(
                    (
                        value
                        for name, value in zip(whole.keys, whole.values)
                        if isinstance(name, ast.Constant) and name.value == key
                    ),
                    None,
                )
        return None

    def _uses(self, name):
        return sum(
            isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
            for part in ast.walk(self._function)
        )


class Column:
    def __init__(self, rows, place, has_ids):
        self.rows = rows
        self._place = place
        self.has_ids = has_ids

    def cell(self, number):
        if self.rows is None or number is None or number >= len(self.rows):
            return None
        row = self.rows[number]
        values = row.args if isinstance(row, ast.Call) and assertions.called(row) == "param" else None
        if self._place is None:
            return values[0] if values else row
        values = values if values is not None else getattr(row, "elts", None)
        return None if values is None or self._place >= len(values) else values[self._place]


class Loop:
    def __init__(self, number, node, rows):
        self.number = number
        self.rows = rows
        self._target = node.target

    def cell(self, name, number):
        if self.rows is None or number >= len(self.rows):
            return None
        return _matching(self._target, self.rows[number], name)


def _matching(target, value, name):
    if isinstance(target, ast.Name):
        return value if target.id == name else None
    if (
        isinstance(target, (ast.Tuple, ast.List))
        and isinstance(value, (ast.Tuple, ast.List))
        and len(target.elts) == len(value.elts)
    ):
        for one, other in zip(target.elts, value.elts):
            if (found := _matching(one, other, name)) is not None:
                return found
    return None


def _assigned_once(scope):
    """Names of a scope that are given one value in one place."""
    found, more = {}, set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            if node.id in found:
                more.add(node.id)
            found.setdefault(node.id, None)
    for statement in scope.body:
        for node in [
            statement,
            *(ast.walk(statement) if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) else ()),
        ]:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                found[node.target.id] = node.value
    return {name: value for name, value in found.items() if value is not None and name not in more}


class Written(list):
    """The rows of a list or a tuple that is written out."""

    def __init__(self, rows, table):
        super().__init__(rows)
        self.table = table


class Rows:
    """A row of a table, between its neighbours."""

    def __init__(self, rows, number):
        self.table = rows.table
        self.node = rows[number]
        self.previous = rows[number - 1] if number > 0 else None
        self.next = rows[number + 1] if number + 1 < len(rows) else None

    @property
    def has_others(self):
        return self.previous is not None or self.next is not None
