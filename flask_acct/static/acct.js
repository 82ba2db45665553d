// What pages do beyond HTML: menus, the password toggle, focus, one submission at a time, and the idle warning.
// Every page works without it. All words are in the markup.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const element = (id) => document.querySelector(`[data-acct="${id}"]`);
  let changed = false; // Whether something was typed and not sent.

  // Menus: Escape, a click elsewhere and the arrow keys.
  for (const menu of all(".acct-menu")) {
    const button = menu.querySelector("summary");
    const doors = () => all("a, button", menu);
    menu.addEventListener("toggle", () => {
      if (menu.open) all(".acct-menu[open]").forEach((other) => other === menu || (other.open = false));
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        button.focus();
        return;
      }
      const step = { ArrowDown: 1, ArrowUp: -1, Home: "first", End: "last" }[event.key];
      if (!step || (!menu.open && step !== 1)) return;
      event.preventDefault();
      menu.open = true;
      const items = doors();
      const at = items.indexOf(document.activeElement);
      const next = step === "first" ? 0 : step === "last" ? -1 : at < 0 && step < 0 ? -1 : (at + step) % items.length;
      items.at(next).focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
  document.addEventListener("click", (event) => {
    all(".acct-menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });

  // One button shows and hides all passwords of its form. They are sent hidden, so that browsers do not remember them as text.
  for (const toggle of all(".acct-toggle")) {
    const fields = all("input[type=password]", toggle.form);
    const status = toggle.nextElementSibling;
    const show = (shown) => {
      fields.forEach((field) => (field.type = shown ? "text" : "password"));
      toggle.textContent = shown ? toggle.dataset.hide : toggle.dataset.show;
      toggle.dataset.acct = shown ? "shell.password.hide" : "shell.password.show";
    };
    toggle.setAttribute("aria-controls", fields.map((field) => field.id).join(" "));
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      const shown = fields[0].type === "password";
      show(shown);
      status.textContent = shown ? toggle.dataset.shown : toggle.dataset.hidden;
    });
    toggle.form.addEventListener("submit", () => show(false));
  }

  // One button ticks all boxes of a group.
  for (const button of all(".acct-tick-all")) {
    button.hidden = false;
    button.addEventListener("click", () => all("input[type=checkbox]", button.parentElement).forEach((box) => (box.checked = true)));
  }

  // The example under a field follows the choice before it.
  for (const example of all("[data-acct-example]")) {
    const choice = example.closest(".acct-field").previousElementSibling?.querySelector("select");
    if (!choice) continue;
    const follow = () => {
      example.textContent = choice.selectedOptions[0]?.dataset.example || "";
      example.hidden = !example.textContent;
    };
    choice.addEventListener("change", follow);
    follow();
  }

  // A form is sent once. The button keeps its focus and its place.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    changed = false;
    event.submitter?.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => delete form.dataset.sent);
    all("button[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  });

  // What must be read first has the focus.
  (document.querySelector('[aria-invalid="true"]') || document.querySelector("[data-acct-focus]"))?.focus();

  // Before the session ends for want of activity, the page asks.
  const dialog = document.getElementById("acct-idle");
  if (!dialog || !dialog.showModal) return;
  const warnAt = Number(document.body.dataset.warnSeconds);
  const seconds = dialog.querySelector("[data-acct-seconds]");
  const announce = dialog.querySelector("[data-acct-announce]");
  const ended = dialog.querySelector("[data-acct-ended]");
  const signIn = ended.querySelector("a");
  let endsAt = Date.now() + Number(document.body.dataset.idleSeconds) * 1000;
  let askedAt = 0;
  let isOver = false;
  const left = () => Math.max(0, Math.round((endsAt - Date.now()) / 1000));

  document.addEventListener("input", () => (changed = true));
  addEventListener("beforeunload", (event) => isOver && changed && event.preventDefault());
  signIn.search = `?next=${encodeURIComponent(location.pathname + location.search)}`;

  const ask = async (body) => {
    askedAt = Date.now();
    try {
      const answer = await fetch(dialog.dataset.session, {
        method: body ? "POST" : "GET", body, headers: { Accept: "application/json" },
      });
      if (answer.status === 401) return end();
      if (!answer.ok) return;
      const found = await answer.json();
      endsAt = Date.now() + found.seconds * 1000;
      all("input[name=csrf_token]").forEach((field) => (field.value = found.csrf_token));
    } catch {
      return; // Away from the network: the clock goes on.
    }
    if (left() > warnAt && dialog.open) dialog.close();
  };

  const end = () => {
    isOver = true;
    dialog.querySelector("[data-acct-warning]").hidden = true;
    ended.hidden = false;
    dialog.setAttribute("aria-labelledby", "acct-idle-ended");
    dialog.removeAttribute("aria-describedby");
    if (!dialog.open) dialog.showModal();
    ended.querySelector("p").focus();
  };

  const warn = () => {
    seconds.textContent = left();
    if (!dialog.open) dialog.showModal();
    // Read aloud now and then, not every second.
    if ([60, 30, 10].includes(left())) announce.textContent = element("shell.idle.text").textContent;
  };

  const look = async () => {
    if (isOver) return;
    const since = Date.now() - askedAt;
    if (left() > warnAt) return;
    // Another tab may have kept the session alive.
    if (!dialog.open ? since > 2000 : since > 15000 || left() === 0) await ask();
    if (isOver) return;
    if (left() <= warnAt) warn();
  };

  const stay = () => {
    const token = document.querySelector("#acct-leave input[name=csrf_token]").value;
    ask(new URLSearchParams({ csrf_token: token }));
  };
  element("shell.idle.stay").addEventListener("click", stay);
  dialog.addEventListener("cancel", () => isOver || stay());
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", () => document.hidden || look());
})();
