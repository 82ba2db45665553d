// Shows any screen of the account area from its JSON. It knows the kinds of elements and no screen by name.

const ROOT = "/account/";
const main = document.querySelector("main");
let token = null;
let link = null; // The secret of a mail's link, sent with each form until one has answered.

async function ask(url, body) {
  const headers = { Accept: "application/json" };
  if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRF-Token": token ?? "" });
  const response = await fetch(url, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  token = answer.csrf_token ?? token;
  return answer;
}

async function open(url, body, said) {
  const answer = await ask(url, body);
  if (answer.sign_in) return open(answer.sign_in, undefined, answer.text);
  if (answer.error) return main.replaceChildren(make("p", { role: "alert" }, answer.detail ?? answer.text));
  const message = (answer.message ?? answer.result)?.text ?? said;
  if (answer.next?.screen) return open(answer.next.url, undefined, message);
  if (answer.next) return main.replaceChildren(make("h1", {}, "Home"), make("p", {}, `Hello, ${answer.session?.user}`));
  show(answer, message);
}

function make(tag, attributes, ...inside) {
  const node = Object.assign(document.createElement(tag), { className: attributes.kind ?? "" });
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
  node.append(...inside);
  return node;
}

function show(answer, message) {
  const said = message ? [make("p", { role: "status" }, message)] : [];
  const parts = answer.parts.flatMap((part) => draw(part, answer));
  const submit = answer.form?.submit ? [make("button", {}, answer.form.submit.text)] : [];
  const form = make("form", { novalidate: "" }, ...parts, ...submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    open(answer.form.url, sent(form, answer));
  });
  main.replaceChildren(make("h1", {}, answer.title), ...said, form);
}

function sent(form, answer) {
  const fields = {};
  for (const part of answer.parts.filter((part) => answer.form.fields.includes(part.name))) {
    const controls = [...form.querySelectorAll(`[name="${part.name}"]`)];
    if (part.kind === "ticks") fields[part.name] = controls.filter((one) => one.checked).map((one) => one.value);
    else fields[part.name] = part.kind === "tick" ? controls[0].checked : controls[0].value;
  }
  const body = { fields };
  if (answer.form.account) body.account = answer.form.account;
  if (answer.form.takes_link && link) body.link = link;
  return body;
}

function draw(part, answer) {
  if (part.schema) return drawField(part, answer);
  if (part.kind === "link") return [way(part)];
  if (part.kind === "post_button") return [way(part)];
  if (part.kind === "rows") return [drawRows(part, answer.rows[part.name])];
  if (part.kind === "heading") return [make("h2", {}, part.text)];
  return [make("p", {}, part.text)];
}

function drawField(part, answer) {
  const value = answer.form?.values[part.name] ?? "";
  const wrong = answer.errors[part.name];
  const said = wrong ? [make("p", { role: "alert" }, wrong.text)] : [];
  if (part.kind === "ticks") {
    const boxes = part.choices.map((one) => box(part.name, one.value, one.text, value.includes(one.value)));
    return [make("fieldset", {}, make("legend", {}, part.text), ...boxes, ...said)];
  }
  if (part.kind === "tick") return [box(part.name, "yes", part.text, value), ...said];
  const control = part.choices ? select(part, value) : make("input", { name: part.name, autocomplete: part.autocomplete });
  if (!part.choices) Object.assign(control, { value, type: part.kind === "password" ? "password" : "text" });
  return [make("label", {}, part.text, " ", control), ...said];
}

function box(name, value, text, isTicked) {
  const input = Object.assign(make("input", { name, value, type: "checkbox" }), { checked: Boolean(isTicked) });
  return make("label", {}, input, " ", text);
}

function select(part, value) {
  const options = part.choices.map((one) => new Option(one.text, one.value, false, one.value === value));
  return make("select", { name: part.name }, ...options);
}

function drawRows(part, list) {
  const head = make("tr", {}, ...part.columns.map((one) => make("th", { scope: "col" }, one.text)));
  const rows = list.rows.map((row) =>
    make("tr", {}, ...row.cells.map((one) => make("td", {}, one.text)), make("td", {}, ...row.actions.map(way))),
  );
  return make("table", {}, make("caption", {}, part.text), head, ...rows);
}

function way(part) {
  if (!part.screen) return make("a", { href: part.url }, part.text);
  const button = make("button", { type: "button" }, part.text);
  button.addEventListener("click", () => open(part.url, part.method === "POST" ? { fields: {} } : undefined));
  return button;
}

document.querySelector("nav").addEventListener("click", (event) => {
  const name = event.target.dataset.open;
  if (name) open(ROOT + name);
});

document.querySelector("#mailed").addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(event.target.elements.link.value);
  link = address.searchParams.get("token");
  open(address.pathname, { link });
});

open(`${ROOT}login`);
