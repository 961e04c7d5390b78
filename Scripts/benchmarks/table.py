"""The lines of the table that `Scripts/bench` prints: the same columns as those of keyledger-bench."""
import statistics


def line(what, ours, against="-", ratio=None, target="-", reached=None):
    ratio_text = "-" if ratio is None else f"{ratio:.2f}x"
    verdict = "" if reached is None else ("reached" if reached else "missed")
    print(f"{what:<56} {ours:<22} {against:<22} {ratio_text:<9} {target:<14} {verdict}".rstrip(), flush=True)


def at_least(what, ours, against, ratio, least):
    line(what, ours, against, ratio, f">= {least:.2f}x", ratio >= least)


def at_most(what, ours, against, ratio, most):
    line(what, ours, against, ratio, f"<= {most:.2f}x", ratio <= most)


def ratio(ours, others):
    """The median over the rounds of one contender in units of another."""
    return statistics.median(a / b for a, b in zip(ours, others))


median = statistics.median
