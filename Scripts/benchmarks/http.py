#!/usr/bin/env python3
"""Verification and creations over HTTP, in rounds, against servers on this machine. `Scripts/bench --http` calls this.

    http.py --data DIR --program KEYLEDGER [--scratch DIR] [--quick]

DIR holds what `keyledger-bench keys` made. Hummingbird is built in the scratch directory, which is kept.
"""
import argparse
import os
import pathlib
import shutil
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import contenders  # noqa: E402
import stores  # noqa: E402
import wrk  # noqa: E402
from table import at_least, at_most, line, median, ratio  # noqa: E402

PERMISSION = "/v1/authorize/live/coupons:read"


class Contender:
    """A server and what every round found of it."""

    def __init__(self, server, mode="plain", file=None):
        self.server, self.mode, self.file = server, mode, file
        self.rates, self.costs, self.middles, self.slowest = [], [], [], []

    def round(self, seconds, counts):
        before = self.server.processor_seconds()
        requests, rate, middle, slow = wrk.ask(self.server.url, seconds, self.mode, self.file)
        cost = (self.server.processor_seconds() - before) / requests
        if counts:
            for values, value in zip((self.rates, self.costs, self.middles, self.slowest), (rate, cost, middle, slow)):
                values.append(value)

    def describe(self):
        line(f"  {self.server.name}", f"{median(self.rates):,.0f}/s",
             f"{median(self.costs) * 1e6:.1f} us CPU",
             None, f"p50 {median(self.middles) * 1e3:.2f} ms,", None)
        print(f"    p99 {median(self.slowest) * 1e3:.2f} ms, PSS after it {self.server.memory() / 1048576:.1f} MB")


def keyledger(options, data, threads, name):
    def arguments(port):
        return [options.program, "--data", f"{data}/served", "serve", "--listen", f"127.0.0.1:{port}", "--threads",
                str(threads)]

    with open(f"{data}/secrets", encoding="ascii") as secrets:
        secret = secrets.readline().strip()
    return contenders.Server(name, PERMISSION, arguments, f"{data}/serve.log", [f"X-API-Key: {secret}"])


def starts(server, rounds):
    """The median time to the first answer. Leaves it running."""
    times = []
    for _ in range(rounds):
        server.stop()
        times.append(server.start())
    return median(times)


def compare(options, seconds, rounds):
    data = options.data
    secrets = f"{data}/secrets"
    served = keyledger(options, data, 1, "keyledger, one loop")
    others = [contenders.nginx_hello(data), contenders.nginx_content(data), contenders.hummingbird(options.scratch)]
    plain, alone, bird = others
    running = [server for server in [served, *others] if server]
    try:
        first = {server.name: starts(server, 5) for server in running}
        gateway, yes, bound = contenders.nginx_gateway(data, served), None, None
        if gateway:
            gateway.headers = served.headers
            gateway.start()
            running.append(gateway)
            yes = contenders.nginx_yes(data)
            yes.start()
            running.append(yes)
            bound = contenders.nginx_gateway(data, yes, "nginx auth_request to nginx 204")
            bound.start()
            running.append(bound)
        asked = [
            Contender(server, *(["verify", secrets] if server in (served, gateway) else []))
            for server in running if server is not yes]
        for number in range(rounds + 1):
            for contender in asked:
                contender.round(seconds, counts=number > 0)
        found = {contender.server: contender for contender in asked}
        report(found, served, plain, alone, gateway, bound, bird, first)
    finally:
        for server in reversed(running):
            server.stop()


def report(found, served, plain, alone, gateway, bound, bird, first):
    ours = found[served]
    keys = "verification, 64 connections, one loop"
    rate = f"{median(ours.rates):,.0f}/s"
    if bird:
        other = found[bird]
        at_least(keys, rate, f"Hummingbird {median(other.rates):,.0f}/s", ratio(ours.rates, other.rates), 2.5)
        at_most("  processor for each request", f"{median(ours.costs) * 1e6:.1f} us",
                f"Hummingbird {median(other.costs) * 1e6:.1f} us", ratio(ours.costs, other.costs), 0.2)
        at_most("  memory (PSS) after the load", f"{served.memory() / 1048576:.1f} MB",
                f"Hummingbird {bird.memory() / 1048576:.1f} MB", served.memory() / bird.memory(), 0.6)
    if plain:
        other = found[plain]
        at_least(keys, rate, f"nginx {median(other.rates):,.0f}/s", ratio(ours.rates, other.rates), 0.9)
    if gateway:
        behind, without = found[gateway], found[alone]
        at_least("through nginx auth_request", f"{median(behind.rates):,.0f}/s",
                 f"without {median(without.rates):,.0f}/s", ratio(behind.rates, without.rates), 0.6)
        line("  asking an nginx that lets everybody in", f"{median(found[bound].rates):,.0f}/s", "without, as above",
             ratio(found[bound].rates, without.rates))
    start = first[served.name] * 1e3
    line("from start to first answer", f"{start:.0f} ms",
         f"Hummingbird {first[bird.name] * 1e3:.0f} ms" if bird else "-", None, "<= 60 ms", start <= 60)
    for contender in found.values():
        contender.describe()


def creations(options, seconds, rounds):
    """Each durable before it is answered, 64 at a time."""
    data = options.data
    served = keyledger(options, data, os.cpu_count() or 1, "keyledger")
    running, rates = [served], {}
    try:
        served.start()
        path = "/v1/environments/live/keys"
        asked = {"keyledger": lambda: wrk.ask(served.url.replace(PERMISSION, path), seconds, "create", f"{data}/token")[1]}
        for name, store in (("Redis Streams", stores.redis(data)), ("PostgreSQL", stores.postgres())):
            if store:
                running.append(store)
                asked[name] = lambda store=store: store.rate(seconds)
        rates = {name: [] for name in asked}
        for number in range(rounds + 1):
            for name, measure in asked.items():
                value = measure()
                if number:
                    rates[name].append(value)
    finally:
        for server in running:
            server.stop()
    ours = rates["keyledger"]
    for name, least in (("Redis Streams", 1.0), ("PostgreSQL", 2.0)):
        if name in rates:
            at_least("key creations, 64 connections, each durable", f"{median(ours):,.0f}/s",
                     f"{name} {median(rates[name]):,.0f}/s", ratio(ours, rates[name]), least)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--scratch", default=os.path.join(os.path.expanduser("~"), ".cache/keyledger-bench"))
    parser.add_argument("--part", choices=["verification", "creations"])
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("bench: wrk is missing. Run:  sudo apt-get install wrk")
    # Ended from outside, it ends what it started as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.makedirs(options.scratch, exist_ok=True)
    seconds, rounds = (1, 5) if options.quick else (2, 5)
    if options.part != "creations":
        compare(options, seconds, rounds)
    if options.part != "verification":
        # pgbench connects within its time, 64 times.
        creations(options, max(seconds, 2), rounds)


if __name__ == "__main__":
    main()
