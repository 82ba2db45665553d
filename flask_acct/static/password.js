// What somebody who chooses a password is told while typing: how long it is, whether it is easy to guess, and whether
// both are the same. A password that the server would refuse is not sent, so that nothing has to be typed again.
// Every page works without it; the server judges, by these rules and more. All words are in the markup, and what is
// typed stays in the page.
(() => {
  "use strict";
  // The beginnings of what people take most often; all of it is in security/common_passwords.txt.
  const COMMON = new Set(("password passwords passwort contrasena contrasenas micontrasena parola parolachiave " +
    "lamiapassword mypassword newpassword qwerty qwertyuiop asdfghjkl iloveyou welcome bienvenido bienvenidos benvenuto " +
    "letmein trustno1 admin administrator administrador amministratore access secret sunshine princess dragon monkey " +
    "football futbol baseball superman batman master shadow michael charlie jordan liverpool barcelona realmadrid " +
    "juventus bocajuniors riverplate hello teamo tequiero amoremio miamor changeme computer internet summer winter " +
    "samsung google facebook pokemon starwars whatever chocolate buenosaires argentina italia madrid milano chelsea " +
    "arsenal manchester").split(" "));
  const TRACKS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
  const PAUSE = 1200; // Milliseconds without a key, after which a screen reader hears the count.
  const backwards = (text) => [...text].reverse().join("");
  const RUNS = TRACKS.flatMap((track) => [track, backwards(track)]);

  const normal = (text) => text.normalize("NFC");
  const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const isRepeated = (text, most) => {
    for (let n = 1; n <= most && n * 2 <= text.length; n++) {
      if (text === text.slice(0, n).repeat(text.length / n + 1).slice(0, text.length)) return true;
    }
    return false;
  };
  // Whether pieces laid end to end cover the text.
  const isCovered = (text, fits) => {
    const reached = new Set([0]);
    for (let at = 0; at < text.length; at++) {
      if (reached.has(at)) fits(text, at).forEach((length) => reached.add(at + length));
    }
    return text.length > 0 && reached.has(text.length);
  };
  const runsAt = (text, at) => {
    const found = [];
    for (let end = at + 3; end <= text.length && end - at <= 26; end++) {
      const piece = text.slice(at, end);
      if (!RUNS.some((run) => run.includes(piece)) && piece !== piece[0].repeat(piece.length)) break;
      found.push(end - at);
    }
    return found;
  };
  const isCommon = (text) => {
    const [before] = /^\d*/.exec(text);
    const [after] = /\d*$/.exec(text);
    const bare = before.length <= 4 && after.length <= 4 ? text.slice(before.length, text.length - after.length) : text;
    return [text, bare, backwards(text), backwards(bare)].some((word) => {
      const at = word ? (word + word).indexOf(word, 1) : 0;
      return COMMON.has(word) || COMMON.has(word.slice(0, at));
    });
  };
  const isAbout = (text, words) => {
    const letters = text.replace(/\p{N}/gu, "");
    const all = [...words, ...words.map(backwards)];
    const fits = (whole, at) => all.filter((word) => whole.startsWith(word, at)).map((word) => word.length);
    return [text, ...(text.length - letters.length <= 8 ? [letters] : [])].some((one) => isCovered(one, fits));
  };

  const ownWords = (field) => {
    const names = ["first_name", "last_name", "username"].map((name) => field.form.elements[name]?.value || "");
    const pieces = [field.dataset.own, ...names].flatMap((name) => [...name.split(/[\s@]+/), ...name.split(/[^\p{L}\p{N}]+/u)]);
    return [...new Set([...names, ...pieces].map(plain))].filter((word) => word.length >= 3);
  };
  // Which rule a password breaks, by its name in the markup; empty for none that is known here.
  const weakness = (typed, least, words) => {
    const password = normal(typed);
    const folded = password.toLowerCase();
    if ([...password].length < least) return "tooShort";
    if (isRepeated(folded, 4) || isCovered(folded, runsAt)) return "repeats";
    if (isCommon(plain(password))) return "tooCommon";
    return isAbout(plain(password), words) ? "aboutYou" : "";
  };
  const ID = {
    tooShort: "password.rules.too_short", repeats: "password.rules.repeats", tooCommon: "password.rules.too_common",
    aboutYou: "password.rules.about_you", differ: "password.rules.differ",
  };

  const added = (field, classes, role) => {
    const made = document.createElement(role ? "span" : "p");
    made.className = classes;
    if (role) made.setAttribute("role", role);
    field.closest(".acct-field").append(made);
    return made;
  };
  // A problem is tied to its field while it is there. One that the server found goes when the field changes.
  const problems = (field) => {
    const shown = added(field, "acct-problem");
    shown.id = `${field.id}-live`;
    shown.hidden = true;
    return (rule) => {
      if (shown.dataset.rule === rule) return;
      shown.dataset.rule = rule;
      shown.hidden = !rule;
      shown.textContent = rule ? field.dataset[rule] : "";
      rule ? (shown.dataset.acct = ID[rule]) : delete shown.dataset.acct;
      rule ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
      const ids = (field.getAttribute("aria-describedby") || "").split(/\s+/).filter((id) => id && id !== shown.id);
      if (rule) ids.push(shown.id);
      ids.length ? field.setAttribute("aria-describedby", ids.join(" ")) : field.removeAttribute("aria-describedby");
    };
  };

  for (const field of document.querySelectorAll("input[data-least]")) {
    const { form } = field;
    const repeat = form.querySelector(`input[data-repeats="${CSS.escape(field.name)}"]`);
    const least = Number(field.dataset.least);
    const meter = added(field, "acct-meter");
    const heard = added(field, "acct-away", "status");
    const complain = problems(field);
    const same = repeat && added(repeat, "acct-meter");
    const heardSame = repeat && added(repeat, "acct-away", "status");
    const complainRepeat = repeat && problems(repeat);
    let pause = 0;
    let wasLeft = false;

    const judged = () => weakness(field.value, least, ownWords(field));
    const differs = () => Boolean(repeat) && normal(field.value) !== normal(repeat.value);
    const count = (rule = "") => {
      const typed = rule ? 0 : [...normal(field.value)].length;
      const isEnough = typed >= least;
      meter.classList.toggle("acct-good", isEnough);
      meter.textContent = isEnough ? field.dataset.enough
        : typed ? field.dataset.counted.replace("{typed}", typed).replace("{least}", least) : "";
    };
    const match = () => {
      if (!repeat) return;
      const isSame = Boolean(repeat.value) && !differs() && !judged();
      same.classList.toggle("acct-good", isSame);
      same.textContent = isSame ? repeat.dataset.same : "";
    };
    field.addEventListener("input", () => {
      count();
      complain("");
      if (!differs()) complainRepeat?.("");
      match();
      clearTimeout(pause);
      pause = setTimeout(() => (heard.textContent = meter.textContent), PAUSE);
    });
    const tellRepeat = () => complainRepeat(repeat.value && differs() ? "differ" : "");
    const tell = () => {
      const rule = field.value ? judged() : "";
      complain(rule);
      count(rule);
      return rule;
    };
    // acct.js says when a field was left.
    field.addEventListener("acct-left", () => {
      tell();
      if (wasLeft) tellRepeat();
    });
    repeat?.addEventListener("input", () => {
      if (!differs()) complainRepeat("");
      match();
      heardSame.textContent = same.textContent;
    });
    repeat?.addEventListener("acct-left", () => {
      wasLeft = true;
      tellRepeat();
    });
    form.addEventListener("submit", (event) => {
      const rule = tell();
      const isOther = !rule && differs();
      if (repeat) complainRepeat(isOther ? "differ" : "");
      if (!rule && !isOther) return;
      event.preventDefault();
      (rule ? field : repeat).focus();
    });
    // The browser may bring back what was typed.
    addEventListener("pageshow", () => {
      count();
      match();
    });
  }
})();
