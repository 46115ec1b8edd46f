"""The places of a function at which something can be changed, and what a change there is."""

import ast
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Change:
    """`owner.field` becomes `value`; in the text, what stands from `first` to `last` becomes `text`."""

    operator: str
    owner: ast.AST
    field: str
    value: object
    first: ast.AST
    last: ast.AST
    text: str
    function: ast.AST


@dataclass(frozen=True)
class Site:
    """One node: `owner.field`, or `owner.field[index]`."""

    owner: ast.AST
    field: str
    index: int | None
    text: "Text"
    """The innermost function around it."""
    function: ast.AST
    """Names that have a value before this statement, whatever way it was reached."""
    bound: frozenset = frozenset()
    is_message: bool = False
    is_index: bool = False
    is_compared: bool = False
    """The f-string around it: before Python 3.12 nodes inside do not know where they stand."""
    shell: ast.AST | None = None

    @property
    def node(self):
        value = getattr(self.owner, self.field)
        return value if self.index is None else value[self.index]

    @property
    def is_returned(self):
        return isinstance(self.owner, ast.Return)

    def below(self, name, index=None):
        return replace(self, owner=self.node, field=name, index=index)

    def replaced(self, operator, new):
        """The change that puts `new` here."""
        node = self.node
        if not hasattr(new, "lineno"):
            ast.copy_location(new, node)
        ast.fix_missing_locations(new)
        value = new if self.index is None else [new if node is old else old for old in getattr(self.owner, self.field)]
        if self.shell is None:
            text = ast.unparse(new)
            first = node
            if _needs_parentheses(new, node, self.owner, self.field) and not self.text.is_in_parentheses(node):
                text = f"({text})"
        else:
            first = self.shell
            with put(self.owner, self.field, value):
                text = ast.unparse(first)
        return Change(operator, self.owner, self.field, value, first, first, text, self.function)

    def with_only(self, operator, name, statement):
        """The change that puts one statement in the place of a block."""
        body = getattr(self.node, name)
        return Change(
            operator,
            self.node,
            name,
            [ast.copy_location(statement, body[-1])],
            body[0],
            body[-1],
            ast.unparse(statement),
            self.function,
        )

    def with_one_more(self, operator, name, statement):
        """The change that adds a statement at the end of a block, whose last one begins a line."""
        body = getattr(self.node, name)
        last = body[-1]
        text = f"{self.text.between(last, last)}\n{' ' * last.col_offset}{ast.unparse(statement)}"
        return Change(
            operator, self.node, name, [*body, ast.copy_location(statement, last)], last, last, text, self.function
        )


class put:
    """`owner.field` is `value` for as long as this is open."""

    def __init__(self, owner, name, value):
        self._owner, self._name, self._value = owner, name, value

    def __enter__(self):
        self._before = getattr(self._owner, self._name)
        setattr(self._owner, self._name, self._value)

    def __exit__(self, *_):
        setattr(self._owner, self._name, self._before)


class Text:
    """Source text, by the positions that `ast` gives: lines from 1, columns in bytes of UTF-8."""

    def __init__(self, text):
        self._lines = [line.encode() for line in text.split("\n")]

    def between(self, first, last):
        lines = self._lines[first.lineno - 1 : last.end_lineno]
        lines[-1] = lines[-1][: last.end_col_offset]
        lines[0] = lines[0][first.col_offset :]
        return b"\n".join(lines).decode()

    def is_in_parentheses(self, node):
        before = self._lines[node.lineno - 1][: node.col_offset].rstrip()
        after = self._lines[node.end_lineno - 1][node.end_col_offset :].lstrip()
        return before.endswith(b"(") and after.startswith(b")")

    def lines(self, start, end):
        """Lines from `start` to `end`, both counted."""
        return [line.decode() for line in self._lines[start - 1 : end]]

    def changed_lines(self, change):
        """The lines that the change touches, as they are with it."""
        before = self._lines[change.first.lineno - 1][: change.first.col_offset].decode()
        after = self._lines[change.last.end_lineno - 1][change.last.end_col_offset :].decode()
        return f"{before}{change.text}{after}".split("\n")


def sites(definition, text):
    """Every place of what a call of the function runs; not its decorators, defaults, annotations and docstrings."""
    names = {argument.arg for argument in ast.walk(definition.args) if isinstance(argument, ast.arg)}
    yield from _block(definition, "body", Site(definition, "body", None, text, definition, frozenset(names)))


def default_sites(definition, text):
    """
    Every place in a function's own defaults: pairs of the argument's place, and a site. A place is the number of the
    default among those that may be given by position, or the name of an argument that is given by name alone.
    """
    arguments = definition.args
    context = Site(arguments, "defaults", None, text, definition)
    for index in range(len(arguments.defaults)):
        yield from ((index, site) for site in _expression(replace(context, index=index)))
    for index, (argument, default) in enumerate(zip(arguments.kwonlyargs, arguments.kw_defaults)):
        if default is not None:
            yield from (
                (argument.arg, site) for site in _expression(replace(context, field="kw_defaults", index=index))
            )


def _block(owner, name, context):
    bound = set(context.bound)
    for index, statement in enumerate(getattr(owner, name)):
        site = replace(context, owner=owner, field=name, index=index, bound=frozenset(bound))
        yield from _statement(site)
        bound |= _binds(statement)


def _statement(site):
    node = site.node
    if _is_left_alone(node):
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from _all_below(site.below("args"), ("defaults", "kw_defaults"))
        yield from sites(node, site.text)
        return
    yield site
    for name in node._fields:
        if name in _BLOCKS and isinstance(getattr(node, name), list):
            yield from _below_block(site, name)
        elif name not in _NEVER:
            yield from _all_below(replace(site, is_message=isinstance(node, ast.Raise)), (name,))


def _below_block(site, name):
    for index, part in enumerate(getattr(site.node, name)):
        if isinstance(part, (ast.ExceptHandler, ast.match_case)):
            handler = site.below(name, index)
            yield handler
            if isinstance(part, ast.match_case):
                yield from _all_below(handler, ("pattern", "guard"))
            yield from _block(part, "body", handler)
        else:
            yield from _block(site.node, name, site)
            return


def _expression(site):
    node = site.node
    yield site
    if isinstance(node, ast.Lambda):
        yield from _all_below(replace(site.below("args"), function=site.function), ("defaults", "kw_defaults"))
        yield from _all_below(site, ("body",))
    elif isinstance(node, ast.JoinedStr):
        inside = replace(site, shell=site.shell or node)
        for index, value in enumerate(node.values):
            if isinstance(value, ast.FormattedValue):
                yield from _all_below(inside.below("values", index), ("value",))
    elif isinstance(node, ast.Subscript):
        yield from _all_below(site, ("value",))
        if not isinstance(getattr(node.slice, "value", None), (str, bytes)):
            yield from _all_below(replace(site, is_index=True), ("slice",))
    elif isinstance(node, ast.Compare):
        yield from _all_below(replace(site, is_compared=True), ("left", "comparators"))
    else:
        # Only what stands directly at the place counts as its index, or as compared there.
        passed = (
            site if isinstance(node, (ast.Slice, ast.UnaryOp)) else replace(site, is_index=False, is_compared=False)
        )
        message = passed.is_message or _is_warning(node)
        yield from _all_below(
            replace(passed, is_message=message), [name for name in node._fields if name not in _NEVER]
        )


def _all_below(site, names):
    for name in names:
        value = getattr(site.node, name, None)
        if isinstance(value, list):
            for index, part in enumerate(value):
                if isinstance(part, ast.AST):
                    yield from _expression(site.below(name, index))
        elif isinstance(value, ast.AST):
            yield from _expression(site.below(name))


_BLOCKS = {"body", "orelse", "finalbody", "handlers", "cases"}
_NEVER = {"annotation", "returns", "decorator_list", "ctx", "op", "ops", "cause", "msg", "type", "type_params", "bases"}
_LOG_LEVELS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}


def _is_left_alone(node):
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_logging(node.value)
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id in ("__debug__", "TYPE_CHECKING")
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass))


def _is_logging(node):
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LOG_LEVELS):
        return False
    of = node.func.value
    name = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
    return "log" in name.lower()


def _is_warning(node):
    return isinstance(node, ast.Call) and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) == "warn"


def _binds(statement):
    """Names that have a value after a simple statement."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)) or statement.value is None:
        return set()
    return {part.id for part in ast.walk(statement) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


_OPERATORS = [
    (ast.Lambda, ast.IfExp),
    (ast.Or,),
    (ast.And,),
    (ast.Not,),
    (ast.Compare,),
    (ast.BitOr, ast.Starred),
    (ast.BitXor,),
    (ast.BitAnd,),
    (ast.LShift, ast.RShift),
    (ast.Add, ast.Sub),
    (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult),
    (ast.USub, ast.UAdd, ast.Invert),
    (ast.Pow,),
    (ast.Await,),
]
_ATOM = len(_OPERATORS)


def _strength(node):
    """How closely an expression's operator binds."""
    operator = getattr(node, "op", node)
    return next((strength for strength, kinds in enumerate(_OPERATORS) if isinstance(operator, kinds)), _ATOM)


def _needs_parentheses(new, old, owner, name):
    """Whether `new` would be torn apart where `old` was not."""
    if not isinstance(new, ast.expr) or not isinstance(owner, ast.expr) or _strength(new) >= _strength(old):
        return (
            isinstance(owner, ast.Attribute) and isinstance(new, ast.Constant) and isinstance(new.value, (int, float))
        )
    if isinstance(owner, (ast.Attribute, ast.Call, ast.Subscript)):
        return name in ("value", "func")
    return _strength(owner) < _ATOM and _strength(new) <= _strength(owner)
