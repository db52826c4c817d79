// HTML out of texts: escaping, and the little markup that descriptions have. Used by the page at /docs.

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Safe as text and within a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** `code` and **strong**; nothing else is markup. */
export function toInline(text: string): string {
  return escapeHtml(text)
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");
}

/** A paragraph for each that stands apart by an empty line. */
export function toParagraphs(text: string): string {
  return text
    .split("\n\n")
    .map((paragraph) => `<p>${toInline(paragraph)}</p>`)
    .join("\n");
}

/** A block of code with a button that copies it. */
export function codeBlock(label: string, code: string): string {
  return `<figure class="code"><figcaption>${escapeHtml(label)}<button type="button" class="copy">copy</button></figcaption><pre><code>${escapeHtml(code)}</code></pre></figure>`;
}

const PLAIN_VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|[^"[\]{}\s,]+)`;
/** Only JSON.stringify itself writes a line's end: those of texts are escaped. */
const PLAIN_LIST = new RegExp(String.raw`\[\n\s+(${PLAIN_VALUE}(?:,\n\s+${PLAIN_VALUE})*)\n\s*\]`, "g");

/** Indented JSON, with a list of plain values on one line. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(PLAIN_LIST, (_, inner: string) => `[${inner.replaceAll(/,\n\s+/g, ", ")}]`);
}
