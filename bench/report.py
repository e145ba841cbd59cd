"""The report: from the rounds' times to medians, ratios and a table."""

import json
import os
import statistics

from workers import TITLES


def summary(row, rounds, peaks, failed):
    """A row's figures. rounds are the values of each side, the same number of each, taken in turn."""
    medians = {side: statistics.median(values) for side, values in rounds.items()}
    out = {
        "name": row.name, "title": row.title, "unit": row.unit, "rounds": rounds, "median": medians,
        "fastest_round": {side: min(values) for side, values in rounds.items()}, "peak_bytes": peaks, "failed": failed,
    }
    peers = [side for side in medians if side != "recurve"]
    if peers and "recurve" in medians:
        fastest = min(peers, key=medians.get)
        pairs = [peer / ours for peer, ours in zip(rounds[fastest], rounds["recurve"])]
        out |= {"fastest_peer": fastest, "ratio": statistics.median(pairs), "ratio_min": min(pairs), "ratio_max": max(pairs)}
    return out


def digits(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 10 else f"{value:#.3g}"


def table(titles, rows):
    lines = ["| " + " | ".join(line) + " |" for line in [titles, ["---"] + ["---:"] * (len(titles) - 1), *rows]]
    return "\n".join(lines)


def markdown(report):
    m, v = report["machine"], report["versions"]
    sides = [side for side in TITLES if any(side in row["median"] or side in row["failed"] for row in report["rows"])]
    times = table(
        ["work", "unit", *(TITLES[side] for side in sides), "× the fastest peer"],
        [[row["title"], row["unit"], *(_cell(row, side) for side in sides), _ratio(row)] for row in report["rows"]],
    )
    memory = table(
        ["work", *(TITLES[side] for side in sides)],
        [[row["title"], *(_megabytes(row["peak_bytes"].get(side)) for side in sides)] for row in report["rows"]],
    )
    versions = ", ".join(f"{name} {version}" for name, version in v.items())
    failed = [f"- {row['title']}: {why}." for row in report["rows"] for why in row["failed"].values()]
    return "\n\n".join([
        "# Recurve beside its peers",
        f"{m['date']}, {m['processor']}, {m['cores']} cores, {m['system']}. {versions}; Python {m['python']}; commit {m['commit']}.\n"
        f"Data: {report['data']}. Load before the first row {_or(m['load'])}, after the last {_or(report['load_after'])} (one run at work makes about {m['cores']}).",
        *([f"A quick look: {report['share']:.1%} of each row's work, shorter rounds than the table is meant for."] if report["share"] < 1 else []),
        times,
        f"Medians of {report['count']} rounds, the sides taking turns within each, after {report['warm_up']} rounds that are not counted. "
        "The last column is the median of the ratios round by round, with their range in brackets. "
        "An epoch is 20,000 training and 5,000 validation reviews; where nothing else is said, T 100 and B 64.",
        *(["Not measured:\n\n" + "\n".join(failed)] if failed else []),
        "## Peak resident memory, MB",
        memory,
        "Of the whole process: the runtime, the libraries and the data too.",
        f"Repeat with: `{report['command']}`",
    ]) + "\n"


def _cell(row, side):
    return digits(row["median"][side]) if side in row["median"] else "–"


def _ratio(row):
    if "ratio" not in row:
        return "–"
    return f"{digits(row['ratio'])} ({digits(row['ratio_min'])}–{digits(row['ratio_max'])})"


def _megabytes(size):
    return f"{size / 1e6:,.0f}" if size else "–"


def _or(value):
    return "unknown" if value is None else value


def write(report, folder):
    """Writes peers.json and peers.md, whole or not at all."""
    os.makedirs(folder, exist_ok=True)
    for name, text in (("peers.json", json.dumps(report, indent=1) + "\n"), ("peers.md", markdown(report))):
        path = os.path.join(folder, name)
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(path + ".new", path)
