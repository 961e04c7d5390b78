#!/usr/bin/env python3
"""What a ledger shows at a moment, from its records alone (an export): no line of KeyLedger takes part.

    Scripts/fold-records.py FILE [--at POINT]…

FILE holds one record a line, in order. POINT is a time (RFC 3339) or the number of an event; without one, the last
event. Prints a line for each point, canonical JSON (RFC 8785): keys (removed ones too), activity, users, environments,
integrations, resources and plan as the contract shapes them, for somebody who cannot open the vault. A type of event
that it does not know ends it: it folds all or nothing.
"""
import argparse
import datetime
import json
import sys

LABELS = {
    "key.created": "Key created", "key.migrated": "Key migrated", "key.renamed": "Key renamed",
    "scope.updated": "Scope updated", "key.rotated": "Key rotated", "grace.changed": "Grace period changed",
    "key.revoked": "Key revoked", "key.revealed": "Key revealed", "key.removed": "Key removed",
}
SHOWN_TYPE = {"scoped": "Scoped"}


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Fold:
    """The things of a ledger by their streams, each as its events left it."""

    def __init__(self):
        self.keys, self.users, self.environments, self.integrations = {}, {}, {}, {}
        self.resources, self.plan, self.activity = [], None, {}
        self.sequence, self.time = 0, None

    def apply(self, record):
        kind, data, subject = record["type"], record["data"], record["subject"].split("/")
        self.sequence, self.time = int(record["id"]), record["time"]
        if subject[0] == "users":
            self.user(kind, data, subject[1], record)
        elif len(subject) == 4:
            self.key(kind, data, subject[1], subject[3], record)
        elif subject[0] == "environments":
            self.environment(kind, data, subject[1], record)
        elif kind == "ledger.created":
            self.plan = data["plan"]
            self.resources = [(dict(each, added_at=self.time), self.sequence) for each in data["resources"]]
        elif kind == "plan.changed":
            self.plan = data["after"]
        elif kind == "resource.added":
            added = {"name": data["resource"], "added_at": self.time}
            self.resources.append((added | {n: data[n] for n in ("client_readable", "read_only")}, self.sequence))
        else:
            assert kind == "ledger.restored", kind

    def moved(self, thing):
        thing["revision"] += 1
        thing["last_event"] = self.sequence

    def user(self, kind, data, id, record):
        if kind == "user.added":
            self.users[id] = {
                "id": id, "role": data["role"], "state": "active", "issuer": record["actor"], "has_token": True,
                "added_at": self.time, "added_by": record["actor"], "revision": 0,
            }
        user = self.users[id]
        self.moved(user)
        if kind == "user.role_changed":
            user["role"] = data["after"]
        elif kind == "user.token_renewed":
            user.update(has_token=True, issuer=record["actor"])
        elif kind == "user.token_ended":
            user["has_token"] = False
        elif kind == "user.removed":
            user.update(has_token=False, state="removed")
        elif kind == "user.forgotten":
            user["state"] = "forgotten"
        else:
            assert kind == "user.added", kind

    def environment(self, kind, data, id, record):
        if kind == "environment.provisioned":
            self.environments[id] = {
                "id": id, "created_at": self.time, "created_by": record["actor"], "enforced": False,
                "signing_generation": data["signing_generation"], "revision": 0, "first": self.sequence,
            }
        environment = self.environments[id]
        self.moved(environment)
        if kind == "integration.connected":
            self.integrations[id, data["integration"]] = {
                "name": data["integration"], "environment": id, "scope": data["scope"], "first_key": data["key"],
                "connected_at": self.time, "connected_by": record["actor"], "disconnected_at": None,
                "disconnected_by": None, "first": self.sequence,
            }
        elif kind == "integration.disconnected":
            ended = {"disconnected_at": self.time, "disconnected_by": record["actor"]}
            self.integrations[id, data["integration"]].update(ended)
        elif kind in ("client_security.enforced", "client_security.relaxed"):
            environment["enforced"] = kind == "client_security.enforced"
        elif kind == "client_security.secret_rotated":
            environment["signing_generation"] = data["signing_generation"]
        else:
            assert kind in ("environment.provisioned", "client_security.secret_revealed"), kind

    def key(self, kind, data, environment, id, record):
        if kind in ("key.created", "key.migrated"):
            copied = ("kind", "name", "description", "scope", "fingerprint", "masked", "predecessor", "integration")
            self.keys[id] = {name: data[name] for name in copied} | {
                "id": id, "environment": environment, "revealable": data["revealable"], "created_at": self.time,
                "created_by": record["actor"], "successor": None, "end": None, "revision": 0, "first": self.sequence,
            }
            self.activity[id] = []
        key = self.keys[id]
        self.moved(key)
        self.activity[id].insert(0, {
            "sequence": self.sequence, "timestamp": self.time, "event": LABELS[kind], "type": kind,
            "actor": record["actor"], "details": data,
        })
        if kind == "key.renamed":
            key.update(name=data["name"], description=data["description"])
        elif kind == "scope.updated":
            key["scope"] = data["after"]
        elif kind == "key.rotated":
            key["successor"] = data["successor"]
            self.end(key, data["expires_at"], "grace_ended")
        elif kind == "grace.changed":
            self.end(key, data["after"], "grace_ended")
        elif kind in ("key.revoked", "key.removed"):
            self.end(key, self.time, kind.removeprefix("key."))

    def end(self, key, time, because):
        """The first end that came true stays."""
        if key["end"] is None or instant(key["end"][0]) > instant(self.time):
            key["end"] = (time, because)


def shown_key(key, fold, now):
    end, because = key["end"] or (None, None)
    status = "active" if end is None else "expiring" if instant(now) < instant(end) else "expired"
    readable = sorted(f"{each['name']}:read" for each, _ in fold.resources if each["client_readable"])
    shape = {name: value for name, value in key.items() if name not in ("end", "first")}
    return shape | {
        "type": SHOWN_TYPE.get(key["kind"], "Default"), "class": "client" if key["kind"] == "publishable" else "server",
        "status": status, "expired_because": because if status == "expired" else None, "expires_at": end,
        "scope": readable if key["kind"] == "publishable" else key["scope"],
    }


def shown_user(user, forgotten):
    is_good = not user["issuer"].startswith("user:") or user["issuer"] == f"user:{user['id']}"
    shape = {name: value for name, value in user.items() if name not in ("issuer", "has_token")}
    return shape | {
        "handle": None, "handle_state": "forgotten" if user["id"] in forgotten else "unavailable",
        "token": "none" if not user["has_token"] else "good" if is_good else "must_be_renewed",
    }


def shown(fold, now, forgotten):
    def newest(things):
        return sorted(things, key=lambda thing: -thing["first"])

    def connected(environment):
        return sorted(
            each["name"] for each in fold.integrations.values()
            if each["environment"] == environment and each["disconnected_at"] is None)

    def last_key(id):
        while fold.keys[id]["successor"]:
            id = fold.keys[id]["successor"]
        return id

    def named(entry):
        is_forgotten = entry["actor"].removeprefix("user:") in forgotten
        return entry | {"actor_name": "forgotten" if is_forgotten else None}

    def bare(thing, *names):
        return {name: value for name, value in thing.items() if name not in ("first", *names)}

    return {
        "as_of": {"sequence": fold.sequence, "time": now}, "plan": fold.plan,
        "keys": [shown_key(key, fold, now) for key in newest(fold.keys.values())],
        "activity": {id: [named(entry) for entry in entries] for id, entries in fold.activity.items()},
        "users": [shown_user(user, forgotten) for user in reversed(fold.users.values())],
        "environments": [
            bare(each) | {"integrations": connected(each["id"])} for each in newest(fold.environments.values())],
        "integrations": [
            bare(each, "first_key") | {
                "key": last_key(each["first_key"]),
                "status": "connected" if each["disconnected_at"] is None else "disconnected",
            } for each in newest(fold.integrations.values())],
        # Sorting keeps the order of those that were added together.
        "resources": [each for each, _ in sorted(fold.resources, key=lambda pair: -pair[1])],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--at", action="append", help="a time or the number of an event")
    arguments = parser.parse_args()
    with open(arguments.file, encoding="utf-8", newline="\n") as file:
        records = [json.loads(line) for line in file]
    forgotten = {record["subject"].split("/")[1] for record in records if record["type"] == "user.forgotten"}
    for point in arguments.at or [str(len(records))]:
        fold = Fold()
        for record in records:
            is_past = int(record["id"]) <= int(point) if point.isdigit() else instant(record["time"]) <= instant(point)
            if is_past:
                fold.apply(record)
        now = fold.time if point.isdigit() else point
        print(json.dumps(shown(fold, now, forgotten), sort_keys=True, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    sys.exit(main())
