"""What the tests read of a page without a browser: links, anchors, words and the language each word is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"meta", "input", "br", "img", "link", "hr", "line", "circle", "polyline", "use", "path"}


@dataclass
class Parsed(HTMLParser):
    """One page. `words` are its visible words with the language they stand in."""

    path: Path
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    words: list[tuple[str, str]] = field(default_factory=list)
    stack: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        inherited = self.stack[-1][1] if self.stack else ""
        language = given.get("lang") or inherited
        if tag not in VOID:
            self.stack.append((tag, language))
        if "id" in given:
            self.anchors.add(given["id"])
        self.links += [given[name] for name in ("href", "action", "src") if given.get(name)]
        told = (given.get(name, "") for name in ("aria-label", "placeholder", "title", "alt"))
        self.words += [(text, language) for text in told if text]

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and self.stack and self.stack[-1][0] not in ("style", "script"):
            self.words.append((data.strip(), self.stack[-1][1]))

    def targets(self) -> list[tuple[str, Path, str]]:
        """Each link as it is written, the file it leads to and the anchor in it."""
        found = []
        for link in self.links:
            parts = urlsplit(link)
            path = (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path
            found.append((link, path, unquote(parts.fragment)))
        return found
