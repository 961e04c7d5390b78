#!/usr/bin/env python3
"""How the key table must stand at a date, from a backfill file alone: no line of KeyLedger takes part.

    Scripts/count-history.py FILE --env ENV --at DATE [--keys]

Folds the commands up to and including DATE by the rules of product.md and prints, as JSON, how many keys of the
environment are active, expiring and expired, and with --keys what is to be true of each. DATE is a date (midnight UTC)
or RFC 3339. A command or a field that it does not know ends it: it counts all or nothing.
"""
import argparse
import datetime
import json
import sys

MILLISECOND = datetime.timedelta(milliseconds=1)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
GRACE = {"now": 0, "1h": 3_600_000, "24h": 86_400_000, "3d": 3 * 86_400_000, "7d": 7 * 86_400_000}
BASIC = {"time", "actor", "command", "idempotency_key"}
FIELDS = {
    "user.add": {"handle", "role"},
    "resource.add": {"resource", "client_readable", "read_only"},
    "environment.create": {"environment", "refs"},
    "key.create": {"environment", "ref", "name", "description", "scope"},
    "key.rename": {"key", "name", "description"},
    "key.scope": {"key", "scope"},
    "key.rotate": {"key", "ref", "grace"},
    "key.grace": {"key", "grace"},
    "key.revoke": {"key"},
}


def milliseconds(text):
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (time.replace(tzinfo=time.tzinfo or datetime.timezone.utc) - EPOCH) // MILLISECOND


def written(time):
    if time is None:
        return None
    return (EPOCH + time * MILLISECOND).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time % 1000:03d}Z"


def normal(scope):
    """A read beside its write is dropped. Presets do not occur in histories."""
    permissions = {permission for permission in scope if permission.split(":")[1] in ("read", "write")}
    assert permissions == set(scope), f"no permission: {scope}"
    return sorted(p for p in permissions if not (p.endswith(":read") and p[:-4] + "write" in permissions))


class Key:
    def __init__(self, environment, kind, name, scope, time):
        self.environment, self.kind, self.name, self.scope, self.created = environment, kind, name, scope, time
        self.expires = None
        self.ended_because = None

    def end(self, time, because):
        self.expires, self.ended_because = time, because

    def status(self, now):
        if self.expires is None:
            return "active"
        return "expiring" if now < self.expires else "expired"

    def shown(self, now, client_readable):
        status = self.status(now)
        scope = sorted(f"{name}:read" for name in client_readable) if self.kind == "publishable" else self.scope
        return {
            "name": self.name, "kind": self.kind, "status": status, "scope": scope, "created_at": written(self.created),
            "expires_at": written(self.expires), "expired_because": self.ended_because if status == "expired" else None,
        }


class Fold:
    def __init__(self):
        self.keys = []
        self.refs = {}
        self.client_readable = {"customers", "subscriptions", "coupons"}
        self.now = 0

    def make(self, ref, *arguments):
        key = Key(*arguments)
        self.keys.append(key)
        if ref is not None:
            self.refs[ref] = key

    def apply(self, line):
        command = line["command"]
        unknown = set(line) - BASIC - FIELDS[command]
        assert not unknown, f"unknown fields {unknown}"
        time = milliseconds(line["time"])
        assert time >= self.now, "the times of a history never decrease"
        self.now = time
        if command == "resource.add" and line.get("client_readable", False):
            self.client_readable.add(line["resource"])
        elif command == "environment.create":
            refs, name = line.get("refs", {}), line["environment"]
            self.make(refs.get("full_access"), name, "full_access", "Full access key", ["*"], time)
            self.make(refs.get("publishable"), name, "publishable", "Publishable key", [], time)
        elif command == "key.create":
            self.make(line.get("ref"), line["environment"], "scoped", line["name"], normal(line["scope"]), time)
        elif command.startswith("key."):
            self.change(command, line, self.refs[line["key"]], time)

    def change(self, command, line, key, time):
        status = key.status(time)
        if command == "key.rename":
            key.name = line.get("name", key.name)
        elif command == "key.scope":
            assert status != "expired", "an expired key keeps its scope"
            key.scope = normal(line["scope"])
        elif command == "key.rotate":
            assert status == "active", "only an active key is rotated"
            key.end(time + GRACE[line["grace"]], "grace_ended")
            self.make(line.get("ref"), key.environment, key.kind, key.name, key.scope, time)
        elif command == "key.grace":
            assert status == "expiring", "only an expiring key has a grace"
            key.end(time + GRACE[line["grace"]], "grace_ended")
        else:
            assert status != "expired" and (key.kind == "scoped" or status == "expiring"), "it can't be revoked"
            key.end(time, "revoked")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--env", required=True)
    parser.add_argument("--at", required=True, type=milliseconds)
    parser.add_argument("--keys", action="store_true", help="list each key, newest first")
    arguments = parser.parse_args()

    fold = Fold()
    with open(arguments.file, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
                if milliseconds(line["time"]) > arguments.at:
                    break
                fold.apply(line)
            except (AssertionError, KeyError, TypeError, ValueError) as error:
                sys.exit(f"{arguments.file}:{number}: {error!r}")

    keys = [key for key in reversed(fold.keys) if key.environment == arguments.env]
    counts = {status: sum(key.status(arguments.at) == status for key in keys) for status in ("active", "expiring", "expired")}
    answer = {"environment": arguments.env, "at": written(arguments.at), **counts, "total": len(keys)}
    if arguments.keys:
        answer["keys"] = [key.shown(arguments.at, fold.client_readable) for key in keys]
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
