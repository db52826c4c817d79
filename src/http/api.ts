// The HTTP face: the door, then the rooms' routes; every error leaves through error-response.ts.

import { Elysia } from "elysia";
import { readBody } from "./door/body.ts";
import { createDoor, type DoorDependencies } from "./door/door.ts";
import { errorResponse } from "./error-response.ts";
import { openApiRoutes } from "./openapi/routes.ts";

const IDLE_SECONDS = 120;

export interface ApiDependencies extends DoorDependencies {
  /** The rooms' routes, as Elysia instances. */
  routes: readonly Elysia<any, any, any, any, any, any, any>[];
  /** What answers some paths in the place of the API, past its door. */
  beside?: { takes(request: Request): boolean; answer(request: Request, address: string): Promise<Response> };
}

/** The whole API, not listening yet; tests call `handle`. */
export function createApi({ routes, beside, ...deps }: ApiDependencies) {
  // Bun's own limit answers without a word; body.ts has ours. Its router would go past the door.
  // By default Elysia looks for the path behind a host of four characters or more, and finds another one than the door does.
  const api = new Elysia({
    systemRouter: false,
    handler: { standardHostname: false },
    serve: { reusePort: false, maxRequestBodySize: Number.MAX_SAFE_INTEGER, idleTimeout: IDLE_SECONDS },
  })
    .onError({ as: "global" }, ({ error }) => errorResponse(error, deps.log, deps.newId("req")))
    .onParse({ as: "global" }, ({ request }) => readBody(request));
  for (const room of routes) api.use(room);
  api.use(openApiRoutes(() => api.routes));
  const addressOf = (request: Request) => api.server?.requestIP(request)?.address ?? "";
  return api.wrap((answer) => {
    // What Elysia wraps answers with a Response; its types say otherwise.
    const door = createDoor({ addressOf, ...deps }, (request) => answer(request) as unknown as Promise<Response>);
    return (request: Request) => (beside?.takes(request) === true ? beside.answer(request, addressOf(request)) : door(request));
  });
}

export type Api = ReturnType<typeof createApi>;
