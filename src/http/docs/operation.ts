// One route on the page at /docs: what it does, what it takes, what it answers, and how to call it.

import type { Answer, Content, OpenApiDocument, Operation, Parameter, Reference, RequestBody } from "../openapi/model.ts";
import { curlOf } from "./curl.ts";
import { fieldTable, type Resolve, rowsTable } from "./fields.ts";
import { codeBlock, escapeHtml, toInline, toJsonText } from "./markup.ts";

/** A route with what it is called by. */
export interface Route {
  method: string;
  path: string;
  operation: Operation;
}

/** An article; `document` is asked for what is referred to. */
export function renderOperation({ method, path, operation }: Route, document: OpenApiDocument): string {
  const resolve: Resolve = (schema) => (schema.$ref === undefined ? schema : (document.components.schemas[nameOf(schema.$ref)] ?? schema));
  const parameters = (operation.parameters ?? [])
    .map((parameter) => ("$ref" in parameter ? document.components.parameters[nameOf(parameter.$ref)] : parameter))
    .filter((parameter) => parameter !== undefined);
  const answers = Object.entries(operation.responses).map(([status, answer]) => ({ status, answer: resolveAnswer(answer, document) }));
  const given = answers.filter(
    ({ status }) => operation.responses[status] !== undefined && !("$ref" in (operation.responses[status] ?? {})),
  );
  const refused = answers.filter(({ answer }) => refusalsIn(answer).length > 0);
  return `<article id="${escapeHtml(operation.operationId)}">
<header><h3><span class="method ${escapeHtml(method)}">${escapeHtml(method)}</span> <code class="path">${showPath(path)}</code></h3>${roleBadge(operation)}</header>
<p class="summary">${toInline(operation.summary)}</p>
<div class="columns"><div class="words">
${describe(operation)}
${parameterTables(parameters, resolve)}
${bodyTables(operation.requestBody, resolve)}
${given.map(({ status, answer }) => answerTable(status, answer, resolve)).join("\n")}
${refusalTable(refused)}
</div><div class="samples">
${codeBlock("curl", curlOf(method, path, operation, parameters))}
${given.map(({ status, answer }) => answerSample(status, answer)).join("\n")}
</div></div>
</article>`;
}

/** The last part of a reference. */
function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

function resolveAnswer(answer: Answer | Reference, document: OpenApiDocument): Answer {
  return "$ref" in answer ? (document.components.responses[nameOf(answer.$ref)] ?? { description: "" }) : answer;
}

function showPath(path: string): string {
  return escapeHtml(path).replaceAll(/\{\w+\}/g, "<var>$&</var>");
}

function roleBadge(operation: Operation): string {
  const role = operation["x-required-role"];
  return role === undefined ? '<span class="role open">no key</span>' : `<span class="role">${escapeHtml(role)}</span>`;
}

/** Without the sentence on the role, which stands above. */
function describe({ description }: Operation): string {
  const words = description.replace(/ ?Needs (no key|the role `\w+`)\.$/, "");
  return words === "" ? "" : `<p>${toInline(words)}</p>`;
}

function parameterTables(parameters: readonly Parameter[], resolve: Resolve): string {
  const titles: Record<Parameter["in"], string> = { path: "Path", query: "Query", header: "Header" };
  return (["path", "query", "header"] as const)
    .map((place) => ({ place, found: parameters.filter((parameter) => parameter.in === place) }))
    .filter(({ found }) => found.length > 0)
    .map(({ place, found }) => `<h4>${titles[place]}</h4>${rowsTable(found.map(toRow), resolve)}`)
    .join("\n");
}

function toRow({ name, schema, required, description, example }: Parameter) {
  const words = description ?? (example === undefined ? undefined : `such as \`${String(example)}\``);
  return { name, schema, isRequired: required, description: words };
}

function bodyTables(body: RequestBody | undefined, resolve: Resolve): string {
  if (body === undefined) return "";
  const optional = body.required ? "" : ", may be left out";
  return Object.entries(body.content)
    .map(([type, { schema }]) => {
      const words = resolve(schema).description;
      return `<h4>Body <span class="note">${escapeHtml(type)}${optional}</span></h4>${words === undefined ? "" : `<p>${toInline(words)}</p>`}${fieldTable(schema, resolve)}`;
    })
    .join("\n");
}

function answerTable(status: string, { description, content = {} }: Answer, resolve: Resolve): string {
  const tables = Object.values(content)
    .map(({ schema }) => fieldTable(schema, resolve))
    .join("");
  const title = `<span class="status ok">${escapeHtml(status)}</span> ${toInline(description)}`;
  return tables === ""
    ? `<h4>Answer</h4><p>${title}</p>`
    : `<h4>Answer</h4><details><summary>${title} <span class="note">fields</span></summary>${tables}</details>`;
}

/** The examples of an answer that are refusals, by their codes. */
function refusalsIn({ content = {} }: Answer): [code: string, meaning: string][] {
  return Object.values(content).flatMap(({ examples = {} }: Content) =>
    Object.entries(examples)
      .filter(([name]) => name !== "ok")
      .map(([code, { summary }]): [string, string] => [code, summary]),
  );
}

function refusalTable(refused: readonly { status: string; answer: Answer }[]): string {
  const rows = refused.flatMap(({ status, answer }) =>
    refusalsIn(answer).map(
      ([code, meaning]) =>
        `<tr><th scope="row"><span class="status">${escapeHtml(status)}</span> <code>${escapeHtml(code)}</code></th><td>${toInline(meaning)}</td></tr>`,
    ),
  );
  return rows.length === 0
    ? ""
    : `<details class="refusals"><summary>Refusals <span class="note">${refused.map(({ status }) => escapeHtml(status)).join(" ")}</span></summary><table><tbody>${rows.join("")}</tbody></table></details>`;
}

function answerSample(status: string, { content = {} }: Answer): string {
  return Object.entries(content)
    .map(([type, { example, examples }]) => {
      const shown = example ?? examples?.ok?.value;
      return codeBlock(
        type === "application/json" ? status : `${status} ${type}`,
        typeof shown === "string" && type !== "application/json" ? shown : toJsonText(shown),
      );
    })
    .join("\n");
}
