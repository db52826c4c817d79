// The HTTP face: keys first, then bodies, then the rooms' routes; every error leaves through error-response.ts.

import { Elysia } from "elysia";
import { AppError } from "../errors.ts";
import type { NewId } from "../runtime/ids.ts";
import type { Log } from "../runtime/log.ts";
import { authenticate, type FindCaller } from "./auth.ts";
import { jsonLimitOf } from "./body-limits.ts";
import { errorResponse } from "./error-response.ts";

/** The largest body of any kind, for the listener. */
const MAX_BODY_BYTES = 512 * 1024 * 1024;

const DRAIN_RETRY_SECONDS = 30;
/** Calls in progress go on while the appliance is stopped, and what their bots say of them is still taken. */
const TAKEN_WHILE_DRAINING = /^\/api\/calls\/[^/]+\/outcome$/;

export interface ApiDependencies {
  log: Log;
  newId: NewId;
  findCaller: FindCaller;
  /** The appliance is being stopped: nothing may be changed any more. */
  isDraining?: () => boolean;
  /** The rooms' routes, as Elysia instances. */
  routes: readonly Elysia<any, any, any, any, any, any, any>[];
}

/** The whole API, not listening yet; tests call `handle`. */
export function createApi({ log, newId, findCaller, isDraining = () => false, routes }: ApiDependencies) {
  const api = new Elysia({ serve: { reusePort: false, maxRequestBodySize: MAX_BODY_BYTES, idleTimeout: 120 } })
    .onError({ as: "global" }, ({ error }) => errorResponse(error, log, newId("req")))
    .onRequest(({ request }) => {
      const path = pathOf(request.url);
      authenticate(request, path, findCaller);
      if (isDraining() && request.method !== "GET" && !TAKEN_WHILE_DRAINING.test(path)) throw new AppError("draining", "the appliance is being stopped and changes nothing any more; try again after its restart", { retryAfterSeconds: DRAIN_RETRY_SECONDS });
    })
    .onParse({ as: "global" }, ({ request, contentType }) => readBody(request, contentType));
  for (const room of routes) api.use(room);
  return api;
}

export type Api = ReturnType<typeof createApi>;

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** text/csv stays a stream; everything else is read as JSON, whatever type is declared. Empty is undefined. */
async function readBody(request: Request, contentType: string): Promise<unknown> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new AppError("unsupported_media_type", `the body is encoded as '${encoding}'; send it unencoded`);
  }
  const type = contentType.trim().toLowerCase();
  if (type === "text/csv") return request.body ?? new ReadableStream({ start: (controller) => controller.close() });
  if (type.startsWith("multipart/")) throw new AppError("unsupported_media_type", `the body is '${type}'; send JSON, or text/csv where the route takes it`);
  const text = await readText(request);
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError("validation_failed", `the body is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readText(request: Request): Promise<string> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  const limit = jsonLimitOf(pathOf(request.url));
  const tooLarge = new AppError("body_too_large", `a JSON body may have ${limit.bytes} bytes at most${limit.advice}`);
  if (declared > limit.bytes) throw tooLarge;
  const decoder = new TextDecoder("utf-8");
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limit.bytes) throw tooLarge;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
