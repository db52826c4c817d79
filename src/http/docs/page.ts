// The page at /docs: the whole API on one page, made once from the OpenAPI document. It needs nothing from elsewhere, and
// reads without its script, which only searches and copies.

import type { OpenApiDocument } from "../openapi/model.ts";
import { fieldTable } from "./fields.ts";
import { codeBlock, escapeHtml, toInline, toJsonText, toParagraphs } from "./markup.ts";
import { renderOperation, type Route } from "./operation.ts";

/** A complete HTML page. */
export function renderDocs(document: OpenApiDocument): string {
  const routes: Route[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const sections = document.tags.map((tag) => ({
    ...tag,
    id: slug(tag.name),
    routes: routes.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(document.info.title)} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/docs.css">
<script src="/docs/search.js" defer></script>
</head>
<body>
<nav aria-label="Routes">
<p class="brand"><a href="#top">${escapeHtml(document.info.title)} <span>API ${escapeHtml(document.info.version)}</span></a></p>
<input type="search" id="search" placeholder="Search: press /" aria-label="Search routes, fields and codes" autocomplete="off" spellcheck="false">
<p id="nothing" hidden>Nothing has these words.</p>
${sections.map(({ name, id, routes: own }) => `<section><h2><a href="#${id}">${escapeHtml(name)}</a></h2><ul>${own.map(link).join("")}</ul></section>`).join("\n")}
<section><h2><a href="#webhooks">Webhooks</a></h2><ul>${Object.keys(document.webhooks)
    .map(
      (name) =>
        `<li data-for="webhook-${slug(name)}"><a href="#webhook-${slug(name)}"><span class="method post">sent</span>${escapeHtml(name)}</a></li>`,
    )
    .join("")}</ul></section>
</nav>
<main id="top">
<section class="intro"><h1>${escapeHtml(document.info.title)} API</h1>
${toParagraphs(document.info.description)}
${codeBlock("for the examples below", 'OUTDIAL=http://127.0.0.1:4002\nAUTH="Authorization: Bearer <key>"')}
<p>For programs: <a href="/openapi.json">/openapi.json</a>, OpenAPI ${escapeHtml(document.openapi)}.</p></section>
${sections.map(({ name, id, description, routes: own }) => `<section id="${id}"><h2>${escapeHtml(name)}</h2><p class="tagline">${toInline(description)}</p>\n${own.map((route) => renderOperation(route, document)).join("\n")}</section>`).join("\n")}
${webhookSection(document)}
</main>
</body>
</html>
`;
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function link({ method, operation: { operationId, summary } }: Route): string {
  return `<li data-for="${escapeHtml(operationId)}"><a href="#${escapeHtml(operationId)}"><span class="method ${escapeHtml(method)}">${escapeHtml(method === "delete" ? "del" : method)}</span>${toInline(summary)}</a></li>`;
}

function webhookSection({ webhooks, components }: OpenApiDocument): string {
  const resolve = (schema: { $ref?: string }) => components.schemas[schema.$ref?.split("/").at(-1) ?? ""] ?? schema;
  const articles = Object.entries(webhooks).map(([name, { post }]) => {
    const content = post.requestBody.content["application/json"];
    const answers = Object.entries(post.responses).map(
      ([status, { description }]) =>
        `<tr><th scope="row"><span class="status">${escapeHtml(status)}</span></th><td>${toInline(description)}</td></tr>`,
    );
    return `<article id="webhook-${slug(name)}"><header><h3><span class="method post">sent</span> <code class="path">${escapeHtml(name)}</code></h3></header>
<p class="summary">${toInline(post.summary)}</p>
<div class="columns"><div class="words"><p>${toInline(post.description)}</p><h4>Body <span class="note">application/json</span></h4>${content === undefined ? "" : fieldTable(content.schema, resolve)}<h4>Your answer</h4><table><tbody>${answers.join("")}</tbody></table></div>
<div class="samples">${codeBlock("body", toJsonText(content?.example))}</div></div></article>`;
  });
  return `<section id="webhooks"><h2>Webhooks</h2><p class="tagline">What your receiver is sent.</p>${articles.join("\n")}</section>`;
}
