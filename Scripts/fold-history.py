#!/usr/bin/env python3
"""An auditor's questions answered from a backfill file alone: no line of KeyLedger takes part.

    Scripts/fold-history.py FILE could PERMISSION --env ENV --from DATE --to DATE
    Scripts/fold-history.py FILE diff --env ENV --from DATE --to DATE

Folds the commands as Scripts/count-history.py does, and looks at every key at every moment at which anything happened
or a grace ended: an interval is a run of moments at which the key held the permission. Numbers events as a ledger does
whose event 1 is its founding. Prints JSON; keys newest first, named by their number in the file.
"""
import argparse
import importlib.machinery
import importlib.util
import json
import pathlib
import sys

sys.dont_write_bytecode = True
PATH = pathlib.Path(__file__).resolve().parent / "count-history.py"
LOADER = importlib.machinery.SourceFileLoader("count_history", str(PATH))
COUNT = importlib.util.module_from_spec(importlib.util.spec_from_loader("count_history", LOADER))
LOADER.exec_module(COUNT)

FOUNDING = 1  # the number of ledger.created


class Numbered(COUNT.Fold):
    """A fold that also keeps which events each key has, and when each resource came."""

    def __init__(self):
        super().__init__()
        self.events = []  # for each key its events: (number, time)
        self.added = {name: (FOUNDING, 0) for name in ("customers", "subscriptions", "coupons", "api_keys", "event_queue")}
        self.last = FOUNDING

    def apply(self, line):
        before = [(key.name, key.scope, key.expires) for key in self.keys]
        super().apply(line)
        command, time = line["command"], self.now
        if command in ("user.add", "resource.add", "environment.create"):
            self.last += 1
        if command == "resource.add":
            self.added[line["resource"]] = (self.last, time)
        for key, was in zip(self.keys, before):
            if (key.name, key.scope, key.expires) != was:
                self.number(self.keys.index(key), time)
        while len(self.events) < len(self.keys):
            self.events.append([])
            self.number(len(self.events) - 1, time)

    def number(self, index, time):
        self.last += 1
        self.events[index].append((self.last, time))


def fold(path, until=None):
    """The state after every command up to and including a time; all of them without one."""
    folded = Numbered()
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
                if until is not None and COUNT.milliseconds(line["time"]) > until:
                    break
                folded.apply(line)
            except (AssertionError, KeyError, TypeError, ValueError) as error:
                sys.exit(f"{path}:{number}: {error!r}")
    return folded


def holds(key, permission, folded, now):
    resource, access = permission.split(":")
    if resource not in folded.added or key.status(now) == "expired":
        return False
    if key.kind == "full_access":
        return True
    if key.kind == "publishable":
        return access == "read" and resource in folded.client_readable
    return permission in key.scope or (access == "read" and f"{resource}:write" in key.scope)


def snapshots(path):
    """Every moment at which anything can have changed, in order, with the state of then."""
    end = fold(path)
    times = {time for events in end.events for _, time in events} | {time for _, time in end.added.values() if time}
    with open(path, encoding="utf-8") as file:
        times |= {COUNT.milliseconds(json.loads(line)["time"]) for line in file}
    ends = set()
    for time in sorted(times):
        ends |= {key.expires for key in fold(path, time).keys if key.expires}
    for time in sorted(times | ends):
        yield time, fold(path, time)


def could(path, permission, environment, start, stop):
    resource = permission.split(":")[0]
    runs = {}  # by key: [since, opened_by, until, closed_by]
    for time, state in snapshots(path):
        for index, key in enumerate(state.keys):
            if key.environment != environment:
                continue
            held, known = holds(key, permission, state, time), runs.setdefault(index, [])
            is_open = bool(known) and known[-1][2] is None
            concerned = [number for number, at in state.events[index] + [state.added[resource]] if at == time]
            if held and not is_open:
                known.append([time, max(concerned), None, None])
            elif is_open and not held:
                # Time alone, unless an event of this very moment ended it: a grace of nothing, or a revocation.
                known[-1][2:] = [time, max(concerned) if concerned else {"expired": COUNT.written(time)}]
    end = fold(path)
    answer = []
    for index in sorted(runs, reverse=True):
        for since, opened, until, closed in runs[index]:
            if since < stop and (until is None or until > start):
                answer.append({
                    "key": index, "name": end.keys[index].name, "kind": end.keys[index].kind, "since": COUNT.written(since),
                    "until": COUNT.written(until), "opened_by": opened, "closed_by": closed,
                })
    return answer


def diff(path, environment, start, stop):
    before, after = fold(path, start), fold(path, stop)
    answer = []
    for index in reversed(range(len(after.keys))):
        key = after.keys[index]
        if key.environment != environment:
            continue
        was = before.keys[index].shown(start, before.client_readable) if index < len(before.keys) else None
        now = key.shown(stop, after.client_readable)
        numbers = [number for number, _ in after.events[index] if number > before.last]
        if key.kind == "publishable":
            numbers += [after.added[name][0] for name in after.client_readable if after.added[name][0] > before.last]
        if was == now and not numbers:
            continue
        if was is None:
            change = "added"
        else:
            change = "ended" if was["status"] != "expired" and now["status"] == "expired" else "changed"
        answer.append({"key": index, "change": change, "before": was, "after": now, "events": sorted(numbers)})
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    questions = parser.add_subparsers(dest="question", required=True)
    for name in ("could", "diff"):
        question = questions.add_parser(name)
        if name == "could":
            question.add_argument("permission")
        question.add_argument("--env", required=True)
        question.add_argument("--from", required=True, dest="start", type=COUNT.milliseconds)
        question.add_argument("--to", required=True, dest="stop", type=COUNT.milliseconds)
    asked = parser.parse_args()
    if asked.question == "could":
        print(json.dumps(could(asked.file, asked.permission, asked.env, asked.start, asked.stop)))
    else:
        print(json.dumps(diff(asked.file, asked.env, asked.start, asked.stop)))


if __name__ == "__main__":
    main()
