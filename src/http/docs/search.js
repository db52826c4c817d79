// The page at /docs works without this; with it one can search and copy.
"use strict";

const search = document.getElementById("search");
const nothing = document.getElementById("nothing");
const articles = [...document.querySelectorAll("main article")].map((element) => ({ element, text: element.textContent.toLowerCase(), link: document.querySelector(`nav [data-for="${CSS.escape(element.id)}"]`) }));
const sections = [...document.querySelectorAll("nav section, main > section:not(.intro)")];

/** Every word must be somewhere in the route's words, fields, codes or examples. */
function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { element, text, link } of articles) {
    const isFound = words.every((word) => text.includes(word));
    element.hidden = !isFound;
    if (link) link.hidden = !isFound;
    if (isFound) found += 1;
  }
  for (const section of sections) section.hidden = !section.querySelector("article:not([hidden]), li:not([hidden])");
  document.querySelector(".intro").hidden = words.length > 0;
  nothing.hidden = found > 0;
}

search.addEventListener("input", find);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    find();
    search.blur();
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
    button.textContent = "copied";
  } catch {
    // Browsers allow it on https and on this machine only.
    button.textContent = "select it and copy";
  }
  setTimeout(() => (button.textContent = "copy"), 1500);
});

// A browser keeps what was typed when it goes back.
if (search.value) find();
