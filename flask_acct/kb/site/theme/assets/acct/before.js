// What has to be set right before the theme's own script begins: its search, and what it makes of other languages.

// For every address of the page in another language the theme asks for a sitemap that is not there. It does not know
// the address by a name with a space at its end; to all others that is the same name.
for (const link of document.head.querySelectorAll("link[rel=alternate]")) link.setAttribute("rel", "alternate ");

// Search that finds "sesión" for "sesion". The theme searches in a worker: a query is its message 2, the answer message 3.
// What readers looked for is told to the page by the event "acct-searched".
(() => {
  const forms = window.acctForms || {};
  const fold = (word) => word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const known = (word) => {
    const folded = fold(word);
    const keys = word.length < 3 ? [folded] : Object.keys(forms).filter((key) => key.startsWith(folded));
    return keys.flatMap((key) => forms[key] || []);
  };
  const widen = (query) => query.replace(/[\p{L}\p{M}]+/gu, (word) => [...new Set([word, ...known(word)])].join(" "));

  // A word that was found in another form is not missing.
  const forgive = (terms, asked) => {
    const found = Object.keys(terms).filter((term) => terms[term]).map(fold);
    for (const term of Object.keys(terms)) {
      const isAsked = asked.includes(term);
      const isFound = found.some((other) => other.startsWith(fold(term)) || fold(term).startsWith(other));
      if (!terms[term] && (isFound || !isAsked)) delete terms[term];
    }
  };

  const Plain = location.protocol === "file:" && window.acctWorker ? window.acctWorker : window.Worker;
  window.Worker = class extends Plain {
    constructor(...how) {
      super(...how);
      this.query = "";
      this.addEventListener("message", ({ data }) => {
        if (!data || data.type !== 3) return;
        const asked = this.query.toLowerCase().split(/\s+/);
        for (const page of data.data.items) for (const part of page) forgive(part.terms, asked);
        document.dispatchEvent(
          new CustomEvent("acct-searched", { detail: { query: this.query, found: data.data.items.length } })
        );
      });
    }
    postMessage(message, ...rest) {
      if (!message || message.type !== 2 || typeof message.data !== "string") return super.postMessage(message, ...rest);
      this.query = message.data.trim();
      return super.postMessage({ ...message, data: widen(message.data) }, ...rest);
    }
  };
})();
