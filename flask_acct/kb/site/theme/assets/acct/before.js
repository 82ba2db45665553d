// What has to be set right before the theme's own script begins: its search, and what it makes of other languages.

// For every address of the page in another language the theme asks for a sitemap that is not there. It does not know
// the address by a name with a space at its end; to all others that is the same name.
for (const link of document.head.querySelectorAll("link[rel=alternate]")) link.setAttribute("rel", "alternate ");

// The theme searches in a worker: a query is its message 2, the answer message 3. A page opened from a folder may start
// none, and has another way. What readers looked for is told to the page by the event "acct-searched".
(() => {
  const Plain = location.protocol === "file:" && window.acctWorker ? window.acctWorker : window.Worker;
  window.Worker = class extends Plain {
    constructor(...how) {
      super(...how);
      if (!String(how[0]).includes("assets/acct/search.js")) return;
      this.query = "";
      this.addEventListener("message", ({ data }) => {
        if (!data || data.type !== 3) return;
        const detail = { query: this.query, found: data.data.items.length };
        document.dispatchEvent(new CustomEvent("acct-searched", { detail }));
      });
    }
    postMessage(message, ...rest) {
      if (message && message.type === 2 && typeof message.data === "string") this.query = message.data.trim();
      return super.postMessage(message, ...rest);
    }
  };
})();
