"""Which models a build must make again: those that the rows of a changed feed reach, and no others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

LANDING = "source.citypulse.landing."
# The one table beside the feeds that stands as long as the code does: what the contracts promise.
STANDING = {"promise"}


def feeds_to_build(seen: Mapping[str, int], inputs: Mapping[str, int]) -> set[str]:
    """Inputs with receipts beyond those that the finished build saw (`meta.build_input`)."""
    return {feed for feed, last in inputs.items() if last > seen.get(feed, 0)}


def has_lost_receipts(seen: Mapping[str, int], inputs: Mapping[str, int]) -> bool:
    """Whether the build saw more than there is now: another landing zone, on which nothing can go on."""
    return any(last > inputs.get(feed, 0) for feed, last in seen.items())


def models_to_build(manifest: Mapping[str, Any], feeds: Collection[str], known_feeds: Collection[str]) -> set[str]:
    """Names of all models downstream of these feeds and of what every build is shown anew (deliveries, last release).

    A model with `meta.feeds` takes of the deliveries only those of feeds whose names begin so: while none of them
    changed it is made again, but says what it said, and what stands on it is left alone.
    """
    nodes, children = manifest["nodes"], manifest["child_map"]
    shown = {name for name in manifest["sources"] if name.startswith(LANDING)}
    standing = {f"{LANDING}{name}" for name in STANDING | (set(known_feeds) - set(feeds))}
    reached: set[str] = set()
    waiting = sorted(shown - standing)
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in reached and child.startswith("model."):
                reached.add(child)
                if _passes_on(nodes[child], feeds):
                    waiting.append(child)
    return {nodes[name]["name"] for name in reached}


def _passes_on(node: Mapping[str, Any], feeds: Collection[str]) -> bool:
    """Whether what stands on a model must be made again too."""
    taken = node["config"].get("meta", {}).get("feeds")
    return taken is None or any(feed.startswith(beginning) for feed in feeds for beginning in taken)
