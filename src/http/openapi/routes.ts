// GET /openapi.json and /docs: the API's description of itself, for programs and for people. Open to all, and made
// from nothing but what is inside the executable.

import { Elysia } from "elysia";
import { Type } from "typebox";
import style from "../docs/docs.css" with { type: "text" };
import { renderDocs } from "../docs/page.ts";
import script from "../docs/search.js" with { type: "text" };
import { document } from "../document.ts";
import { createOpenApi } from "./openapi.ts";
import type { RouteFacts } from "./model.ts";

/** Nothing from elsewhere, nothing inline, no frames. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `routes` is asked once, at the first request: when all of them are there. */
export function openApiRoutes(routes: () => readonly RouteFacts[]) {
  let made: { json: string; page: string } | undefined;
  const make = () => {
    const openApi = createOpenApi(routes());
    return { json: JSON.stringify(openApi), page: renderDocs(openApi) };
  };
  const description = () => (made ??= make());
  const OpenApiJson = Type.Object({ openapi: Type.String({ examples: ["3.1.0"] }) }, { additionalProperties: true });
  return new Elysia()
    .get(
      "/openapi.json",
      () => text("application/json", description().json),
      document({ summary: "This description, as OpenAPI 3.1", tag: "API", operationId: "getOpenApi", answers: { 200: OpenApiJson } }),
    )
    .get("/docs", () => text("text/html", description().page))
    .get("/docs/docs.css", () => text("text/css", style))
    .get("/docs/search.js", () => text("text/javascript", script));
}

function text(type: string, content: string): Response {
  const headers = {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-cache",
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
  return new Response(content, { headers });
}
