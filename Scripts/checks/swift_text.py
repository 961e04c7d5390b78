"""As much of Swift's grammar as it takes to measure a function: where code stands, and which braces belong together."""
import functools
import re
from typing import NamedTuple

# What may open something that is not code: a comment, a string with any number of hashes, or a quoted name.
OPENING = re.compile(r'//|/\*|(#*)("""|")|`[^`\n]*`')
COMMENT_EDGE = re.compile(r"/\*|\*/")
BLANKED = re.compile(r"[^\n]")


@functools.lru_cache(maxsize=None)
def code(text):
    """The text with comments, strings (with what they interpolate) and quoted names blanked; lines stay where they are."""
    parts, position = [], 0
    while match := OPENING.search(text, position):
        start = match.start()
        parts.append(text[position:start])
        if match[0] == "//":
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
        elif match[0] == "/*":
            end = comment_end(text, match.end())
        elif match[0].startswith("`"):
            end = match.end()
        else:
            end = string_end(text, match.end(), match[1], match[2])
        parts.append(BLANKED.sub(" ", text[start:end]))
        position = end
    parts.append(text[position:])
    return "".join(parts)


def comment_end(text, position):
    """Swift's block comments nest."""
    depth = 1
    while depth:
        edge = COMMENT_EDGE.search(text, position)
        if not edge:
            return len(text)
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return position


def string_end(text, position, hashes, quote):
    """Just after the closing quote; an interpolation may hold strings of its own, so it is walked too."""
    closing, escape = quote + hashes, "\\" + hashes
    while position < len(text):
        if text.startswith(closing, position):
            return position + len(closing)
        if text.startswith(escape, position):
            position += len(escape)
            position = interpolation_end(text, position + 1) if text.startswith("(", position) else position + 1
        elif quote == '"' and text[position] == "\n":
            return position
        else:
            position += 1
    return position


def interpolation_end(text, position):
    depth = 1
    while position < len(text) and depth:
        match = OPENING.match(text, position)
        if match and match[2]:
            position = string_end(text, match.end(), match[1], match[2])
            continue
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        position += 1
    return position


class Function(NamedTuple):
    name: str
    line: int
    length: int


# A declaration that may have a body. `.init(` is a call, `init` and `subscript` elsewhere declare; a closure
# or accessor that a `var` opens on its own line counts as a function too.
DECLARATION = re.compile(
    r"(?<![\w.])(?:(?P<func>func)\b|(?P<member>init|deinit|subscript)\b(?=\s*[(<{?!])"
    r"|(?P<var>var|let)\s+(?P<property>\w+))"
)
# In the text itself: the blanked one has lost names in backticks.
NAME = re.compile(r"\s*(`[^`\n]*`|[^\s(<]*)")
# Another declaration, or the end of the type, before any brace: a protocol's requirement, which has no body.
NO_BODY = re.compile(r"(?<![\w.])(?:func|var|let|init|deinit|subscript|struct|enum|class|actor|protocol|extension|case)\b")
EDGE = re.compile(r"[(){}\[\]\n]|(?<![\w.])[a-z]+\b")


@functools.lru_cache(maxsize=None)
def functions(text):
    """Every function, initialiser, subscript and computed property with a body, from its keyword to its last brace."""
    blank = code(text)
    found = []
    for match in DECLARATION.finditer(blank):
        opening = body(blank, match.end(), one_line=bool(match["var"]))
        if opening is None:
            continue
        first = blank.count("\n", 0, match.start()) + 1
        last = blank.count("\n", 0, closing_brace(blank, opening)) + 1
        name = match["member"] or match["property"] or NAME.match(text, match.end())[1]
        found.append(Function(name, first, last - first + 1))
    return found


def body(blank, position, one_line):
    """Where the body's brace opens, outside all parentheses (a default argument may be a closure)."""
    depth = 0
    for edge in EDGE.finditer(blank, position):
        token = edge[0]
        if token in "([":
            depth += 1
        elif token in ")]":
            depth -= 1
            if depth < 0:
                return None
        elif depth > 0:
            continue
        elif token == "{":
            return edge.start()
        elif token == "}" or (token == "\n" and one_line) or NO_BODY.match(blank, edge.start()):
            return None
    return None


def closing_brace(blank, opening):
    depth = 0
    for brace in re.compile(r"[{}]").finditer(blank, opening):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return len(blank) - 1
