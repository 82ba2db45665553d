// What pages do beyond HTML: menus, the password toggle, checkboxes, errors at fields, focus, one submission at a time,
// unsaved changes, and the idle warning.
// Every page works without it. All words are in the markup.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const element = (id) => document.querySelector(`[data-acct="${id}"]`);
  const sent = new Map(); // Forms on their way.
  const edited = new Set(); // Forms in which something was filled in.
  const wait = document.getElementById("acct-wait");
  const method = (form) => (form.getAttribute("method") || "").toLowerCase();

  // Menus close with Escape and a click elsewhere, and are moved through with the arrow keys.
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

  // One button shows and hides all passwords of its form. They are hidden again before they are sent, so that browsers do
  // not remember them as text.
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

  // One button ticks all checkboxes of a group, or unticks them if all are ticked. Of radio buttons of one name, the last
  // means all and the first none.
  for (const button of all(".acct-tick-all")) {
    const group = button.closest("fieldset, .acct-list");
    const boxes = all("input[type=checkbox], input[type=radio]", group);
    const at = (index) => boxes.filter((one) => one.type === "checkbox" || one === boxes.filter((box) => box.name === one.name).at(index));
    const isFull = () => at(-1).every((box) => box.checked);
    const follow = () => {
      const words = isFull() ? button.dataset.none : button.dataset.all;
      if (button.textContent !== words) button.textContent = words;
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      const ticked = !isFull();
      for (const box of at(ticked ? -1 : 0)) {
        const checked = ticked || box.type === "radio";
        if (box.checked === checked || box.disabled) continue;
        box.checked = checked;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      }
      button.nextElementSibling.textContent = ticked ? button.dataset.ticked : button.dataset.emptied;
      follow();
    });
    group.addEventListener("change", follow);
    // When a visitor comes back to the page, the browser restores the ticks after the scripts have run.
    addEventListener("pageshow", follow);
    follow();
  }

  // A role chooses the permissions it has; the role and the number of permissions follow what is chosen.
  for (const grants of all(".acct-grants")) {
    const inputs = all("input", grants);
    const role = grants.querySelector("select");
    const count = grants.querySelector(".acct-count");
    const opens = (one) => (one.dataset.opens || "").split(" ").filter(Boolean);
    const follow = () => {
      const opened = new Set(inputs.filter((one) => one.checked).flatMap(opens));
      const fits = (names) => names.length && names.length === opened.size && names.every((one) => opened.has(one));
      role.value = ([...role.options].find((one) => fits(opens(one))) || role.options[0]).value;
      count.textContent = count.dataset.count.replace("#", opened.size);
    };
    role.addEventListener("change", () => {
      const names = opens(role.selectedOptions[0]);
      if (!names.length) return;
      // In the order of the page: of radio buttons, the last one that the role has stays.
      for (const one of inputs) one.checked = !one.value || names.includes(one.value);
      inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
    });
    grants.addEventListener("change", (event) => event.target !== role && follow());
    addEventListener("pageshow", follow);
    follow();
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

  // What somebody types to say who they are goes along to the next form that asks it, in this tab only: an address would
  // be logged. What was sent comes back from the server.
  const TYPED = "acct_typed";
  const tab = (does) => {
    try {
      return does(sessionStorage);
    } catch {
      return null; // A browser that keeps nothing.
    }
  };
  const fits = (field, typed, kinds) => {
    if (field.name === "identifier") return true;
    if (field.name !== "value") return kinds.includes(field.name);
    const choice = field.form.elements.kind;
    const kind = kinds.find((one) => [...choice.options].some((option) => option.value === one));
    if (kind) choice.value = kind;
    if (kind) choice.dispatchEvent(new Event("change", { bubbles: true }));
    return Boolean(kind);
  };
  const whose = all('input[data-acct="login.form.identifier"], input[data-acct^="recovery."]').filter((field) =>
    ["identifier", "email", "username", "customer_number", "value"].includes(field.name) && field.type !== "hidden");
  if (whose.length) {
    const typed = tab((kept) => kept.getItem(TYPED));
    const kinds = !typed ? [] : typed.includes("@") ? ["email"] : /[a-z]/i.test(typed) ? ["username"] : ["customer_number"];
    if (typed && whose.every((field) => !field.value)) {
      const field = whose.find((one) => fits(one, typed, kinds));
      if (field) field.value = typed;
    }
    const forget = () => tab((kept) => kept.removeItem(TYPED));
    forget();
    whose[0].form.addEventListener("submit", forget);
    document.addEventListener("click", (event) => {
      const field = whose.find((one) => one.value.trim() && one.form.elements.kind?.value !== "domain");
      if (field && event.target.closest("main a")) tab((kept) => kept.setItem(TYPED, field.value.trim()));
    });
  }

  // An error that the server found is shown only while the field has the value that was sent.
  const summarise = (form) => {
    const isMended = all(".acct-problem[id]", form).every((one) => one.hidden);
    all("[data-acct-problems]").forEach((said) => (said.hidden = isMended));
  };
  const describe = (owner, id, isSaid) => {
    const ids = (owner.getAttribute("aria-describedby") || "").split(/\s+/).filter((one) => one && one !== id);
    if (isSaid) ids.push(id);
    ids.length ? owner.setAttribute("aria-describedby", ids.join(" ")) : owner.removeAttribute("aria-describedby");
  };
  const mark = (field, isWrong) =>
    isWrong ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
  const refused = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked === field.defaultChecked;
    if (field.type === "file") return !field.files.length;
    const then = field.options ? ([...field.options].find((one) => one.defaultSelected)?.value ?? "") : field.defaultValue;
    const now = field.value;
    return field.type === "password" ? now === then : now.trim() === then.trim();
  };
  for (const problem of all(".acct-problem[id]")) {
    const owner = document.querySelector(`[aria-describedby~="${CSS.escape(problem.id)}"]`);
    if (!owner) continue;
    const form = owner.closest("form");
    const fields = owner.matches("input, select, textarea") ? [owner] : all("input, select, textarea", owner);
    const beside = all(`[name="${CSS.escape(problem.dataset.beside || "")}"]`, form || document);
    const answer = problem.nextElementSibling?.matches(".acct-answer") ? problem.nextElementSibling : null;
    const marked = fields.filter((field) => field.getAttribute("aria-invalid") === "true");
    const follow = () => {
      const isWrong = [...fields, ...beside].every(refused);
      problem.hidden = !isWrong;
      if (answer) answer.hidden = !isWrong;
      marked.forEach((field) => mark(field, isWrong));
      describe(owner, problem.id, isWrong);
      if (form) summarise(form);
    };
    for (const field of [...fields, ...beside]) {
      field.addEventListener("input", follow);
      field.addEventListener("change", follow);
    }
    addEventListener("pageshow", follow);
  }

  // A field is judged when it is left, in the words of the server, and the error goes once it is mended. One that was
  // only passed through is not. What is judged here is a part of what the server judges.
  const isTicks = (owner) => owner.matches("fieldset");
  const judged = (target) => {
    const group = target.closest("fieldset.acct-field[data-required]");
    return group || (target.closest(".acct-field") && target.matches("input, select, textarea") ? target : null);
  };
  const hasFormat = (field) => {
    const { format, of } = field.dataset;
    const text = field.value.normalize("NFKC").trim().replace(/\s+/g, " ");
    if (!format || !text || /[^ -~]/.test(text)) return true;
    if (of !== undefined && field.form.elements.country?.value !== of) return true;
    return new RegExp(`^(?:${format})$`, "i").test(text);
  };
  const wrong = (owner) => {
    const { dataset, validity } = owner;
    if (isTicks(owner)) return owner.querySelector(":checked") ? "" : dataset.required;
    if (owner.type === "file") return owner.files[0]?.size > dataset.maxBytes ? dataset.wrong : "";
    if (validity.badInput || !hasFormat(owner)) return dataset.wrong || "";
    const isEmpty = owner.type === "checkbox" ? !owner.checked : !owner.value.trim();
    return owner.required && isEmpty ? dataset.required || wait?.dataset.required || "" : "";
  };
  const said = new Map(); // The error at each field, as far as it was found here.
  const heard = document.createElement("span");
  heard.className = "acct-away";
  heard.setAttribute("role", "status");
  document.body.append(heard);
  const place = (owner) => {
    const problem = document.createElement("p");
    problem.className = "acct-problem";
    problem.id = `${owner.id || owner.name || "acct"}-found`;
    const boxes = isTicks(owner) && owner.querySelector(".acct-tick-all, .acct-tick, .acct-grants-head");
    boxes ? boxes.before(problem) : owner.closest(".acct-field").append(problem);
    return { problem, words: "" };
  };
  const isRefused = (owner) =>
    all(".acct-problem[id]", owner.closest(".acct-field")).some((one) => !one.hidden && one !== said.get(owner)?.problem);
  const complain = (owner, words) => {
    if (!words && !said.has(owner)) return;
    if (!said.has(owner)) said.set(owner, place(owner));
    const found = said.get(owner);
    if (found.words === words) return;
    found.words = found.problem.textContent = words;
    found.problem.hidden = !words;
    if (owner.dataset.wrong === words && words) found.problem.dataset.acct = owner.dataset.wrongId;
    else delete found.problem.dataset.acct;
    if (!isTicks(owner)) mark(owner, words || isRefused(owner));
    describe(owner, found.problem.id, words);
    const label = isTicks(owner) ? owner.querySelector("legend") : owner.labels?.[0];
    heard.textContent = words && `${label?.textContent.trim() || ""}: ${words}`;
    if (owner.form) summarise(owner.form);
  };
  const typed = new WeakSet();
  const isJudged = (owner) =>
    owner.form && method(owner.form) === "post" && !sent.has(owner.form) &&
    !owner.matches("[data-least], [data-repeats]") && !isRefused(owner);
  const leave = (owner) => {
    if ((typed.has(owner) || owner.validity?.badInput) && isJudged(owner)) complain(owner, wrong(owner));
  };
  const follow = ({ type, target }) => {
    const owner = judged(target);
    if (!owner) return;
    typed.add(owner);
    // A message about another country's numbers says nothing about the one that is chosen now.
    if (target.name === "country") all("[data-of]", target.form).forEach((one) => complain(one, ""));
    if (said.get(owner)?.words && (isRefused(owner) || said.get(owner).words !== wrong(owner))) complain(owner, "");
    else if (said.get(owner)?.words && !isTicks(owner)) mark(owner, true);
    if (type === "change" && target.type === "file") leave(owner);
  };
  addEventListener("input", follow);
  addEventListener("change", follow);
  // A message that comes while the pointer is down would move the button away from under it.
  let isPressed = false;
  addEventListener("pointerdown", () => (isPressed = true), true);
  for (const over of ["pointerup", "pointercancel"]) addEventListener(over, () => (isPressed = false), true);
  addEventListener("focusout", ({ target, relatedTarget }) => {
    const tell = () => {
      // Another window was chosen, and the field has not been left.
      if (document.activeElement === target) return;
      target.dispatchEvent(new Event("acct-left"));
      const owner = judged(target);
      if (owner && !(isTicks(owner) && owner.contains(relatedTarget))) leave(owner);
    };
    isPressed ? addEventListener("pointerup", () => setTimeout(tell, 50), { once: true }) : tell();
  });
  // A browser does not send a date of which a part is missing: without this, it would be lost.
  addEventListener("submit", (event) => {
    const { target: form } = event;
    if (!form.noValidate || method(form) !== "post") return;
    const part = [...form.elements].find((one) => one.validity?.badInput && one.dataset.wrong);
    if (!part) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    complain(part, wrong(part));
    part.focus();
  }, true);

  // Whoever leaves a form with unsaved changes is asked first, if they are signed in: a visitor's form has nothing to
  // lose but what says who they are. Passwords and codes are no changes.
  const counts = (field) => field.name && field.type !== "hidden" && field.type !== "password" && !field.readOnly &&
    !/password|one-time-code|username/.test(field.autocomplete);
  const content = (form) => JSON.stringify([...form.elements].filter(counts).map((field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked
      : field.options ? [...field.selectedOptions].map((one) => one.value) : field.value));
  const watched = new Map(); // What each form held when the page was opened; nothing if that was never saved.
  const isUnsaved = (form) => {
    const before = watched.get(form);
    return !sent.has(form) && (before === null || edited.has(form)) && content(form) !== before;
  };
  const guard = (event) => {
    if (![...watched.keys()].some((form) => form.isConnected && isUnsaved(form))) return;
    event.preventDefault();
    event.returnValue = true; // For older browsers.
  };
  const watch = (form) => {
    if (!watched.has(form)) return;
    edited.add(form);
    // Only from now on: a page with this listener is not kept for the way back by every browser.
    addEventListener("beforeunload", guard);
  };
  if (document.getElementById("acct-leave")) {
    for (const form of all("form:not([data-acct-may-leave])").filter((one) => method(one) === "post")) {
      const wasRefused = form.matches("[data-acct-unsaved]") || form.querySelector("[aria-invalid=true]");
      watched.set(form, wasRefused && content(form) !== "[]" ? null : content(form));
      if (wasRefused) watch(form);
    }
    for (const type of ["input", "change"]) addEventListener(type, ({ target }) => target.form && watch(target.form));
  }

  // A form is sent once. The button keeps its focus and its place. Once it is clear that nothing was sent, or that the
  // response does not replace the page, the form can be sent again.
  const DOUBLE_CLICK = 500; // Milliseconds.
  const SOON = 200;
  const PATIENCE = 5000;
  const say = (words, isShown = true) => {
    if (!wait) return;
    const isBusy = words === wait.dataset.sending;
    if (wait.textContent !== words) wait.textContent = words;
    wait.classList.toggle("acct-busy", isBusy);
    wait.classList.toggle("acct-away", isBusy && !isShown);
  };
  const answered = () => /(?:^|; )acct_answered=([^;]*)/.exec(document.cookie)?.[1];
  const attribute = (event, name) =>
    (event.submitter?.getAttribute(`form${name}`) ?? event.target.getAttribute(name) ?? "").toLowerCase();
  // The button itself says that its form is on its way; where there is none to be seen, a message does.
  const busy = (form) => {
    const held = sent.get(form);
    const { button } = held;
    const isShown = button?.matches("button.acct-button") && button.checkVisibility?.();
    if (isShown && !held.words) {
      held.words = [...button.childNodes];
      button.style.minInlineSize = `${button.offsetWidth}px`;
      button.replaceChildren(wait.dataset.sending);
      button.classList.add("acct-busy");
    }
    say(wait.dataset.sending, !isShown);
  };
  const release = (form, words = "", isTaken = false) => {
    const { timers, button, words: before } = sent.get(form) || {};
    if (!sent.delete(form)) return;
    timers.forEach(clearInterval);
    button?.removeAttribute("aria-disabled");
    if (before) {
      button.replaceChildren(...before);
      button.classList.remove("acct-busy");
      button.style.minInlineSize = "";
    }
    if (isTaken && watched.has(form)) watched.set(form, content(form));
    if (!sent.size) say(words);
  };
  const hold = (form, button, patience) => {
    const before = answered();
    const timers = [setTimeout(() => release(form, patience > DOUBLE_CLICK ? wait?.dataset.again : ""), patience)];
    if (patience > DOUBLE_CLICK) {
      if (wait) timers.push(setTimeout(() => busy(form), SOON));
      // A file or an empty response does not replace the page; a cookie tells that it has arrived.
      timers.push(setInterval(() => answered() !== before && release(form, "", true), 100));
    }
    sent.set(form, { timers, button });
    button?.setAttribute("aria-disabled", "true");
  };
  // This listener runs before all others, which must not see a form that is not sent.
  addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (sent.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (wait) busy(form);
      return;
    }
    if (attribute(event, "method") !== "post") return;
    say("");
    hold(form, submitter, ["", "_self", "_top", "_parent"].includes(attribute(event, "target")) ? PATIENCE : DOUBLE_CLICK);
    // This runs after all other listeners, because one of them may have stopped the submission.
    setTimeout(() => event.defaultPrevented && release(form));
  }, true);
  // A button that is of no use yet counts down and then opens: after too many tries, or before a mail is sent again.
  // Only the last words are announced. Whoever types another name need not wait for the first one.
  for (const button of all("button[data-wait]")) {
    const until = Date.now() + Number(button.dataset.wait) * 1000;
    const left = document.createElement("p");
    const heard = document.createElement("span");
    left.className = "acct-left";
    heard.className = "acct-away";
    heard.setAttribute("role", "status");
    button.after(left, heard);
    let clock = 0;
    const open = (words = "") => {
      clearInterval(clock);
      button.disabled = false;
      left.remove();
      heard.textContent = words;
    };
    const tick = () => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      if (seconds <= 0) return open(button.dataset.over);
      const parts = [seconds % 60, Math.floor(seconds / 60) % 60, Math.floor(seconds / 3600)];
      const shown = (parts[2] ? parts : parts.slice(0, 2)).map((part, at, { length }) =>
        at < length - 1 ? String(part).padStart(2, "0") : part);
      left.textContent = button.dataset.left.replace("{time}", shown.reverse().join(":"));
      left.dataset.acctTimer ||= left.textContent; // What a picture of the page shows, whenever it is taken.
    };
    button.disabled = true;
    button.setAttribute("autocomplete", "off"); // So that a browser does not keep it disabled for the next page.
    clock = setInterval(tick, 1000);
    tick();
    button.form.addEventListener("input", (event) => event.target.type !== "password" && open());
  }
  const releaseAll = () => [...sent.keys()].forEach((form) => release(form));
  addEventListener("pageshow", ({ persisted }) => {
    // A page that was kept for the way back is as it was when its form was sent, and taken.
    [...sent.keys()].forEach((form) => release(form, "", persisted));
    say("");
  });
  // A visitor who types on has stopped loading, with Esc or the browser's button. Some browsers report it as an event.
  addEventListener("input", (event) => event.target.form && release(event.target.form));
  addEventListener("keydown", (event) => event.key === "Escape" && releaseAll());
  window.navigation?.addEventListener("navigate", (event) => event.signal?.addEventListener("abort", releaseAll));

  // The focus is on what must be read first.
  (document.querySelector('[aria-invalid="true"]') || document.querySelector("[data-acct-focus]"))?.focus();

  // Before the session ends because of inactivity, a dialog warns.
  const dialog = document.getElementById("acct-idle");
  if (!dialog || !dialog.showModal) return;
  const told = document.getElementById("acct-leave").dataset;
  const warnAt = Number(told.warnSeconds);
  const seconds = dialog.querySelector("[data-acct-seconds]");
  const forms = JSON.parse(seconds.dataset.acctSeconds);
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const announce = dialog.querySelector("[data-acct-announce]");
  const ended = dialog.querySelector("[data-acct-ended]");
  const signIn = ended.querySelector("a");
  let endsAt = Date.now() + Number(told.idleSeconds) * 1000;
  let askedAt = 0;
  let asked = 0;
  let heardOf = 0;
  let waiting = 0;
  let isOver = false;
  const left = () => Math.max(0, Math.round((endsAt - Date.now()) / 1000));

  signIn.search = `?next=${encodeURIComponent(location.pathname + location.search)}`;

  const ask = async (body) => {
    askedAt = Date.now();
    const number = ++asked;
    waiting += 1;
    try {
      const answer = await fetch(dialog.dataset.session, {
        method: body ? "POST" : "GET", body, headers: { Accept: "application/json" },
      });
      if (answer.status === 401) return end();
      if (!answer.ok) return;
      const found = await answer.json();
      if (number < heardOf) return; // A later question was answered before.
      heardOf = number;
      endsAt = Date.now() + found.seconds * 1000;
      all("input[name=csrf_token]").forEach((field) => (field.value = found.csrf_token));
    } catch {
      return; // Offline: the countdown goes on.
    } finally {
      waiting -= 1;
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
    seconds.textContent = (forms[plural.select(left())] ?? forms.other).replace("#", left());
    if (!dialog.open) dialog.showModal();
    // Screen readers announce the time at these moments only, not every second.
    if ([60, 30, 10].includes(left())) announce.textContent = element("shell.idle.text").textContent;
  };

  const look = async () => {
    if (isOver) return;
    const since = Date.now() - askedAt;
    if (left() > warnAt) return;
    // Another tab may have kept the session alive.
    if (waiting && !dialog.open) {
      if (since < PATIENCE) return;
    } else if (!dialog.open ? since > 2000 : since > 15000 || left() === 0) await ask();
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
