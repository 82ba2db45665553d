/* What the pages do a little better with a script; all of them work without it. */
const WAIT = 300, SHORTEST = 3;

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

const subject = document.querySelector("[data-suggest]"), box = document.querySelector("[data-suggestions]");
let later, latest = 0;

async function suggest() {
  const asked = ++latest, about = subject.value.trim();
  let articles = [];
  if (about.length >= SHORTEST) {
    try {
      const answer = await fetch(`${box.dataset.suggestions}?${new URLSearchParams({ about })}`);
      if (answer.ok) articles = await answer.json();
    } catch { /* Away for a moment: a request can be sent all the same. */ }
  }
  // Another letter was typed meanwhile.
  if (asked !== latest) return;
  box.hidden = !articles.length;
  box.querySelector("ul").replaceChildren(...articles.map(({ title, url }) => {
    const item = document.createElement("li"), link = document.createElement("a");
    Object.assign(link, { href: url, textContent: title, target: "_blank", rel: "noopener" });
    item.append(link);
    return item;
  }));
}

if (subject && box) {
  subject.addEventListener("input", () => { clearTimeout(later); later = setTimeout(suggest, WAIT); });
  suggest();
}
