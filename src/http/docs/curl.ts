// A route as a line for a shell: $OUTDIAL is the URL, $AUTH the header with the key. Used by the page at /docs.

import type { Operation, Parameter } from "../openapi/model.ts";
import { toJsonText } from "./markup.ts";

/** With the examples of the document; what may be left out is. */
export function curlOf(method: string, path: string, operation: Operation, parameters: readonly Parameter[]): string {
  const url = path.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    String(parameters.find((parameter) => parameter.in === "path" && parameter.name === name)?.example ?? whole),
  );
  const required = parameters
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map(({ name, example }) => `${name}=${encodeURIComponent(String(example ?? ""))}`);
  const target = `$OUTDIAL${url}${required.length === 0 ? "" : `?${required.join("&")}`}`;
  const contents = Object.entries(operation.requestBody?.content ?? {});
  const [type, content] = contents.find(([name]) => name === "text/csv") ?? contents[0] ?? [];
  const isImplied = method === "get" || (method === "post" && content !== undefined);
  const words = [
    "curl -s",
    ...(isImplied ? [] : [`-X ${method.toUpperCase()}`]),
    required.length === 0 ? target : quote(target),
    ...(operation.security === undefined ? ['-H "$AUTH"'] : []),
  ];
  if (type === "text/csv") words.push("-H 'Content-Type: text/csv'", "--data-binary @list.csv");
  else if (content !== undefined) words.push(`-d ${quote(toJsonText(content.example))}`);
  return words.join(" ");
}

/** In single quotes, for any shell. */
function quote(text: string): string {
  return text.includes("$OUTDIAL") ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}
