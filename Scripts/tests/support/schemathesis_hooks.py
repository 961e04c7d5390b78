"""For schemathesis: makes its well-formed requests right where no description can say what is.

A request that is to be refused stays as it is. Of the others:
- a point in history lies in the past, a number within the log: a schema knows neither now nor the head;
- a cursor is good for its own list alone, so that none can be made up;
- of two parameters of a query that exclude each other one stays: OpenAPI has no word for that.
"""
import zlib

import schemathesis

# Of what is created on the way only now tells, so what follows up on a request asks about now.
POINTS = ("-0s", "#2", "3", "2")
# The window of a question, and the sizes and numbers of proofs.
WINDOWS = {"/v1/diff": {"from": "#2", "to": "3"}, "/v1/could": {"from": "-1d", "to": "-0s"},
           "/v1/proofs/inclusion": {"sequence": 1, "size": 2}, "/v1/proofs/consistency": {"from": 1, "to": 2}}


@schemathesis.hook
def before_call(context, case, **_):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for values in (case.query, case.body):
        if isinstance(values, dict):
            amend(case.operation.path, values, 1 if case.meta.phase.name == "stateful" else len(POINTS))


def amend(path, values, points):
    values.pop("cursor", None)
    if "never_used" in values:
        values.pop("at", None)
    if "at" in values:
        values["at"] = POINTS[zlib.crc32(str(values["at"]).encode()) % points]
    for name, value in {"since": "-1d", "until": "-0s", **WINDOWS.get(path, {})}.items():
        if name in values:
            values[name] = value
    if path == "/v1/could" and "permission" in values:
        values.pop("role", None)
    elif path == "/v1/could":
        values.pop("environment", None)
        values.setdefault("role", "owner")
