// What the help pages can do with a script: print, open the search, send a reader's vote and show what others voted.
(() => {
  const { app, locale } = document.currentScript.dataset;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector, within = document) => within.querySelector(selector);

  // Pictures wait until they are scrolled to, and a printer does not scroll; nor does it open what is closed.
  const awaken = () => all("img[loading=lazy]").forEach((image) => (image.loading = "eager"));
  let opened = [];
  addEventListener("beforeprint", () => {
    awaken();
    opened = all("article details:not([open]):not(.acct-contents)");
    opened.forEach((box) => (box.open = true));
  });
  addEventListener("afterprint", () => opened.forEach((box) => (box.open = false)));
  all("[data-acct-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      awaken();
      await Promise.allSettled(all("article img").filter((image) => image.offsetParent).map((image) => image.decode()));
      print();
    });
  });

  const query = one("[data-md-component=search-query]");
  // The theme looks for words at every key. They can also be pasted, dictated, dropped or filled in, without any.
  if (query) {
    const search = () => query.dispatchEvent(new Event("keyup"));
    query.addEventListener("input", search);
    query.addEventListener("change", search);
    addEventListener("pageshow", () => query.value && search());
  }
  // Whoever found nothing is offered what is asked most, and a person. It is there only then: the theme's arrow keys
  // go through every link there is, and its Enter opens the first.
  const result = one("[data-md-component=search-result]"), nothing = one("template[data-acct-nothing]");
  if (result && nothing) {
    const offer = nothing.content.firstElementChild, said = result.firstElementChild;
    said.setAttribute("role", "status");
    document.addEventListener("acct-searched", ({ detail: { query: q, found } }) => {
      if (found || !q) offer.remove();
      // Put in once only: an element that is moved loses the focus, and answers to letters typed before may come late.
      else if (!offer.isConnected) said.after(offer);
    });
    query.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !offer.isConnected) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  all("[data-acct-find]").forEach((button) => {
    button.hidden = !query;
    button.addEventListener("click", () => query.focus());
  });

  if (app === undefined) return;

  const wanting = (form, answer) => {
    const { article, version } = Object.fromEntries(new FormData(form));
    return `${app}/help/thanks?${new URLSearchParams({ article, locale, answer, version })}`;
  };

  const tell = (form, [helpful, of]) => {
    const tally = one(".acct-tally", form);
    tally.textContent = form.dataset.tally.replace("{helpful}", helpful).replace("{of}", of);
    tally.hidden = !(of >= Number(form.dataset.publicFrom));
  };

  // What a reader answered about this version of a page, so that it is still said when they come back.
  const kept = (form) => {
    const { article, version } = Object.fromEntries(new FormData(form));
    return `acct-vote/${locale}/${article}/${version}`;
  };

  // The sentences are in the page, for readers without a script: the address then names the one to show.
  const answered = (form, answer) => {
    const said = one(".acct-said", form);
    said.textContent = one(`#acct-${answer}`, form).textContent;
    all("button", form).forEach((button) => button.setAttribute("aria-pressed", String(button.value === answer)));
    if (answer !== "no") return;
    const link = document.createElement("a");
    link.href = wanting(form, answer);
    link.textContent = form.dataset.tell;
    said.append(" ", link);
  };

  const keep = (form, answer) => {
    try {
      localStorage.setItem(kept(form), answer);
    } catch {
      // A browser that keeps nothing asks again.
    }
  };

  const remembered = (form) => {
    const told = /^#acct-(yes|no)$/.exec(location.hash);
    if (told) {
      // From here on the browser remembers; the address would be wrong once the answer is changed.
      history.replaceState(history.state, "", location.pathname + location.search);
      keep(form, told[1]);
    }
    try {
      return told ? told[1] : localStorage.getItem(kept(form));
    } catch {
      return told && told[1];
    }
  };

  let hasVoted = false;
  const vote = async (form, button) => {
    const buttons = all("button", form);
    const body = new URLSearchParams(new FormData(form));
    body.set("answer", button.value);
    buttons.forEach((other) => (other.disabled = true));
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
      if (!answer.ok) throw new Error(answer.statusText);
      const { helpful = 0, of = 0 } = await answer.json(); // Few votes are not told.
      tell(form, [helpful, of]);
      hasVoted = true;
      answered(form, button.value);
      keep(form, button.value);
    } catch {
      // Whatever went wrong, the app has a page that says it.
      const chosen = Object.assign(document.createElement("input"), { type: "hidden", name: "answer", value: button.value });
      form.append(chosen);
      form.submit();
    } finally {
      buttons.forEach((other) => (other.disabled = false));
    }
  };

  const form = one("[data-acct-vote]");
  if (form) {
    const before = remembered(form);
    if (before === "yes" || before === "no") {
      all(".acct-answered", form).forEach((sentence) => (sentence.hidden = true));
      answered(form, before);
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      vote(form, event.submitter || one("button", form));
    });
  }

  // Few votes say little: the lower end of the 95 % interval of their share (Wilson) keeps 1 of 1 behind 40 of 45.
  const worth = ([helpful, of]) => {
    const share = helpful / of, z = 1.96, square = (z * z) / of;
    return (share + square / 2 - z * Math.sqrt((share * (1 - share) + square / 4) / of)) / (1 + square);
  };

  // What helped most comes first; the rest stays as it was. As many are seen as before.
  const rank = (list, counts) => {
    const items = all("li", list), seen = items.filter((item) => !item.hidden).length;
    const votes = new Map(items.map((item) => [item, (counts[item.dataset.article] || {})[item.dataset.version]]));
    const helped = (item) => votes.get(item) && votes.get(item)[0] > 0;
    const best = items.filter(helped).sort((a, b) => worth(votes.get(b)) - worth(votes.get(a)));
    const rest = items.filter((item) => !helped(item));
    [...best, ...rest].forEach((item, place) => {
      item.hidden = place >= seen;
      list.append(item);
    });
  };

  const best = one("[data-acct-best]");
  if (form || best) {
    fetch(`${app}/help/counts.json?${new URLSearchParams({ locale })}`)
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((counts) => {
        if (best) rank(best, counts);
        // After a vote these counts may be older than its answer.
        if (!form || hasVoted) return;
        const { article, version } = Object.fromEntries(new FormData(form));
        tell(form, (counts[article] || {})[version] || [0, 0]);
      })
      // Without the app there is nothing to show, and the page is whole without it.
      .catch(() => {});
  }

  const told = new Set();
  let later;
  document.addEventListener("acct-searched", ({ detail: { query: q, found } }) => {
    clearTimeout(later);
    if (found || q.length < 3 || told.has(q)) return;
    later = setTimeout(() => {
      told.add(q);
      const body = new URLSearchParams({ locale, q });
      fetch(`${app}/help/searched`, { method: "POST", body, keepalive: true }).catch(() => {});
    }, 1500);
  });
})();
