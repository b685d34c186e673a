// The desk with a script: the next item is fetched ahead, keys choose, pictures can be zoomed. Without it, forms do all.
"use strict";
(function () {
  const STORED = "assay-desk-keys";
  const HEADERS = { "X-Desk": "1" };
  const RENEW = 120000;
  let ahead = null, busy = false, since = performance.now(), settings = read();

  function read() {
    try { return Object.assign({ on: true, keys: {} }, JSON.parse(localStorage.getItem(STORED) || "{}")); }
    catch { return { on: true, keys: {} }; }
  }
  function keep() { try { localStorage.setItem(STORED, JSON.stringify(settings)); } catch { /* a browser that keeps nothing */ } }
  function panel() { return document.getElementById("desk"); }
  function tell(text, wrong) {
    const told = document.getElementById("told");
    if (!told) return;
    told.textContent = text || "";
    told.classList.toggle("wrong", Boolean(wrong));
  }
  function keyOf(name) { return settings.keys[name] || (name === "skip" ? "s" : name === "undo" ? "u" : name); }

  async function fetched(address) {
    const response = await fetch(address, { headers: { Accept: "text/html" }, redirect: "follow" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = page.getElementById("desk");
    if (!response.ok || !found) return null;
    return { node: document.importNode(found, true), title: page.title, head: page.querySelector("main h1").textContent };
  }
  function lookAhead() {
    const here = panel();
    ahead = null;
    if (!here || here.dataset.state === "nothing" || !here.dataset.item) return;
    ahead = fetched(`/review/work/${here.dataset.form}?after=${here.dataset.item}`).catch(() => null);
  }
  function show(next, focus) {
    panel().replaceWith(next.node);
    document.title = next.title;
    document.querySelector("main h1").textContent = next.head;
    document.querySelectorAll("main > .flash").forEach((each) => each.remove());
    begin(focus);
  }
  function begin(focus) {
    const here = panel();
    since = performance.now();
    if (!here) return;
    here.querySelectorAll(".tools, .keys").forEach((each) => { each.hidden = false; });
    const on = here.querySelector("[data-keys-on]");
    if (on) on.checked = settings.on;
    here.querySelectorAll("[data-remap]").forEach((each) => { each.value = keyOf(each.dataset.remap); });
    paintKeys();
    if (focus) here.focus({ preventScroll: true });
    lookAhead();
  }
  function paintKeys() {
    const here = panel();
    here.classList.toggle("keys-on", settings.on);
    here.querySelectorAll("[data-slot] kbd").forEach((each) => { each.textContent = keyOf(each.parentElement.dataset.slot); });
  }

  async function send(form, button) {
    if (busy) return;
    busy = true;
    const here = panel(), body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.set(button.name, button.value);
    if (body.has("elapsed")) body.set("elapsed", String(Math.round(performance.now() - since)));
    const waiting = ahead;
    try {
      const response = await fetch(form.getAttribute("action"), { method: "POST", body, headers: HEADERS });
      if (!(response.headers.get("Content-Type") || "").includes("json")) { location.reload(); return; }
      const reply = await response.json();
      if (reply.state === "signed-out") { location.assign("/review/sign-in"); return; }
      if (reply.state === "wrong") { tell(reply.message, true); return; }
      let next = reply.state === "next" && waiting ? await waiting : null;
      if (!next || next.node.dataset.state !== "choose") next = await fetched(`/review/work/${here.dataset.form}`);
      if (!next) { location.reload(); return; }
      show(next, true);
      if (reply.message) tell(reply.message);
      for (const [name, text] of Object.entries(reply.numbers || {})) {
        const place = panel().querySelector(`[data-number="${name}"]`);
        if (place) place.textContent = text;
      }
    } catch { tell(here.dataset.offline, true); }
    finally { busy = false; }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.classList.contains("act")) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  document.addEventListener("keydown", (event) => {
    const here = panel();
    if (!settings.on || !here || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = document.activeElement;
    if (!here.contains(at) || at.matches("textarea, select, input:not([type=checkbox]):not([type=radio])")) return;
    const pressed = event.key.toLowerCase();
    for (const button of here.querySelectorAll("[data-slot], [data-command]")) {
      if (keyOf(button.dataset.slot || button.dataset.command) === pressed) { event.preventDefault(); button.click(); return; }
    }
  });
  document.addEventListener("click", (event) => {
    const zoom = event.target.closest("[data-zoom]");
    if (!zoom) return;
    const on = zoom.getAttribute("aria-pressed") !== "true";
    zoom.setAttribute("aria-pressed", String(on));
    panel().querySelectorAll(".frame").forEach((each) => {
      each.classList.toggle("original", on);
      if (on) each.tabIndex = 0; else each.removeAttribute("tabindex");
    });
  });
  document.addEventListener("input", (event) => {
    const at = event.target;
    if (at.matches("[data-brightness]")) panel().querySelectorAll(".frame img").forEach((each) => { each.style.filter = `brightness(${at.value}%)`; });
    if (at.matches("[data-keys-on]")) { settings.on = at.checked; keep(); paintKeys(); }
    if (at.matches("[data-remap]") && at.value.trim()) { settings.keys[at.dataset.remap] = at.value.toLowerCase(); keep(); paintKeys(); }
  });
  setInterval(() => {
    const here = panel(), token = here && here.querySelector("[name=csrf]");
    if (token && here.dataset.item && !document.hidden) {
      fetch(`/review/renew/${here.dataset.item}`, { method: "POST", headers: HEADERS, body: new URLSearchParams({ csrf: token.value }) }).catch(() => null);
    }
  }, RENEW);
  begin(true);
})();
