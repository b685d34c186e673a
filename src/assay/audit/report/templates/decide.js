"use strict";
const decisions = document.getElementById("decide");
const cards = Array.from(document.querySelectorAll("article[data-row]"));
const message = document.getElementById("message");
let saved = true;

const chosen = (card) => card.querySelector("input[type=radio]:checked");
const field = (card, name) => card.querySelector("[data-field=" + name + "]").value.trim();
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const inert = (text) => (/^[=+\-@\t\r]/.test(text) && !number.test(text) ? "'" + text : text);
const cell = (text) => '"' + inert(text).replace(/"/g, '""') + '"';

function count() {
  const taken = cards.filter(chosen).length;
  document.getElementById("count").textContent = taken + " of " + cards.length + " decided here";
}

function say(text) {
  message.textContent = text;
}

function rows() {
  const by = document.getElementById("by").value.trim();
  const common = document.getElementById("reason").value.trim();
  return cards.filter(chosen).map((card) => {
    const row = JSON.parse(card.dataset.row);
    row.decision = chosen(card).value;
    row.label = row.decision === "relabel" ? field(card, "label") : "";
    row.by = by;
    row.reason = field(card, "reason") || common;
    return [card, row];
  });
}

function problem(filled) {
  if (!filled.length) return [null, "Nothing is decided yet."];
  for (const [card, row] of filled) {
    if (!row.reason) return [card, "A reason is needed: here, or for all at the top."];
    if (row.decision === "relabel" && !row.label) return [card, "Relabel needs a label."];
  }
  return document.getElementById("by").value.trim() ? null : [null, "Say who decides."];
}

function download() {
  const filled = rows();
  const wrong = problem(filled);
  for (const card of cards) card.classList.remove("wrong");
  if (wrong) {
    say(wrong[1]);
    if (wrong[0]) {
      wrong[0].classList.add("wrong");
      wrong[0].scrollIntoView({ block: "center" });
    } else {
      document.getElementById("by").focus();
    }
    return;
  }
  const columns = JSON.parse(decisions.dataset.columns);
  const lines = [columns.map(cell), ...filled.map(([, row]) => columns.map((name) => cell(row[name])))];
  const text = "\ufeff" + lines.map((line) => line.join(",") + "\r\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = decisions.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  saved = true;
  say(filled.length + " decisions are in " + decisions.dataset.file + ".");
}

document.addEventListener("change", (event) => {
  const card = event.target.closest("article[data-row]");
  if (!card) return;
  saved = false;
  card.classList.toggle("decided", Boolean(chosen(card)));
  card.classList.remove("wrong");
  const label = card.querySelector(".label");
  if (label) label.hidden = !(chosen(card) && chosen(card).value === "relabel");
  count();
});
for (const button of document.querySelectorAll("button[data-kind]")) {
  button.addEventListener("click", () => {
    for (const card of document.querySelectorAll("#" + button.dataset.kind + " article[data-suggestion]")) {
      const suggested = card.querySelector('input[value="' + card.dataset.suggestion + '"]');
      if (!chosen(card) && suggested) {
        suggested.checked = true;
        suggested.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }
  });
}
for (const button of document.querySelectorAll("button[data-open]")) {
  button.addEventListener("click", () => {
    for (const radio of button.closest("article").querySelectorAll("input[type=radio]")) radio.checked = false;
    button.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
document.getElementById("download").addEventListener("click", download);
window.addEventListener("beforeunload", (event) => {
  if (!saved) event.preventDefault();
});
document.body.classList.add("scripted");
count();
