"""Search that finds "sesión" for "sesion": the words of a site with their accents, by the words without."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

SCRIPT = """\
// Adds to a search the accented forms of what was typed. The theme's search runs in a worker; a query is message 2.
(() => {
  const forms = %s;
  const fold = (word) => word.normalize("NFD").replace(/\\p{M}/gu, "").toLowerCase();
  const known = (word) => {
    const folded = fold(word);
    const keys = word.length < 3 ? [folded] : Object.keys(forms).filter((key) => key.startsWith(folded));
    return keys.flatMap((key) => forms[key] || []);
  };
  const widen = (query) => query.replace(/[\\p{L}\\p{M}]+/gu, (word) => [...new Set([word, ...known(word)])].join(" "));
  const Plain = window.Worker;
  window.Worker = class extends Plain {
    postMessage(message, ...rest) {
      const isQuery = message && message.type === 2 && typeof message.data === "string";
      super.postMessage(isQuery ? { ...message, data: widen(message.data) } : message, ...rest);
    }
  };
})();
"""


def script(index: Path) -> str:
    """The script for a search index as MkDocs wrote it."""
    text = " ".join(f"{doc['title']} {doc['text']}" for doc in json.loads(index.read_text("utf-8"))["docs"])
    return SCRIPT % json.dumps(forms(re.sub(r"<[^>]+>", " ", text)), ensure_ascii=False, sort_keys=True)


def forms(text: str) -> dict[str, list[str]]:
    """Sample: ``{"sesion": ["sesión"]}``."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for word in re.findall(r"\w{3,}", text.lower()):
        plain = folded(word)
        if plain != word:
            found[plain].add(word)
    return {plain: sorted(words) for plain, words in found.items()}


def folded(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign)).lower()
