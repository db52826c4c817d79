// The door of the API: what is asked of every request before its route sees it. The key comes first, before anything of the
// body is read; then how much the key has asked for, whether the appliance is being stopped, what the headers say of the
// body, and whether the request was answered before. Used by api.ts.

import { AppError } from "../../errors.ts";
import type { NewId } from "../../runtime/ids.ts";
import type { Log } from "../../runtime/log.ts";
import { authenticate, type Caller, type FindCaller, readBearer } from "./auth.ts";
import { refuseBody } from "./body.ts";
import { errorResponse } from "../error-response.ts";
import { IDEMPOTENCY_HEADER, type Idempotency } from "../repeats/idempotency.ts";
import type { RequestLimit } from "./rate-limit.ts";

const DRAIN_RETRY_SECONDS = 30;
/** Calls in progress go on while the appliance is stopped, and what their bots say of them is still taken. */
const TAKEN_WHILE_DRAINING = /^\/api\/calls\/[^/]+\/outcome$/;

export interface DoorDependencies {
  log: Log;
  newId: NewId;
  findCaller: FindCaller;
  /** The appliance is being stopped: nothing may be changed any more. */
  isDraining?: () => boolean;
  /** Without it keys may ask as often as they like. */
  requestLimit?: RequestLimit;
  /** Without it an Idempotency-Key is not looked at. */
  idempotency?: Idempotency;
  /** Where a request comes from; the same text for all of one client. */
  addressOf?: (request: Request) => string;
}

type Routes = (request: Request) => Response | Promise<Response>;

/** `routes` with the door in front of it. Every refusal of the door is an answer, none is thrown. */
export function createDoor(deps: DoorDependencies, routes: Routes): Routes {
  return async (request) => {
    try {
      const caller = admit(deps, request);
      const name = request.method === "POST" ? request.headers.get(IDEMPOTENCY_HEADER) : null;
      if (name === null || caller === undefined || deps.idempotency === undefined) return await routes(request);
      const sender = { keyId: caller.keyId, apiKey: readBearer(request.headers.get("authorization")) };
      return await deps.idempotency.answer(request, sender, name, routes);
    } catch (error) {
      return errorResponse(error, deps.log, deps.newId("req"));
    }
  };
}

function admit(deps: DoorDependencies, request: Request): Caller | undefined {
  const path = pathOf(request);
  const caller = authenticate(request, path, counting(deps, request));
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isRead && !TAKEN_WHILE_DRAINING.test(path) && deps.isDraining?.() === true) {
    throw new AppError("draining", "the appliance is being stopped and changes nothing any more; try again after its restart", {
      retryAfterSeconds: DRAIN_RETRY_SECONDS,
    });
  }
  if (!isDecodable(path)) throw new AppError("validation_failed", `the path '${path.slice(0, 100)}' is not valid percent-encoded UTF-8`);
  if (!isRead) refuseBody(request);
  return caller;
}

/** Wrong keys count against the address, requests against the key, whatever it may do. */
function counting({ findCaller, requestLimit, addressOf }: DoorDependencies, request: Request): FindCaller {
  if (requestLimit === undefined) return findCaller;
  return (...asked) => {
    const caller = findCaller(...asked);
    const address = addressOf?.(request) ?? "";
    if (caller === undefined) requestLimit.fail(address);
    else requestLimit.spend(caller.keyId, address);
    return caller;
  };
}

const SCHEME = "http://";

/** What the routes take for the path: the door must never ask for less than the route behind it. Throws 400. */
function pathOf({ url, headers }: Request): string {
  const start = url.indexOf("/", SCHEME.length);
  // Of a request whose Host is none, or missing in HTTP/1.0, Bun tells the path alone.
  if (!url.startsWith(SCHEME) || start <= SCHEME.length) {
    const host = headers.get("host") ?? "";
    throw new AppError(
      "validation_failed",
      `the Host header is '${host.slice(0, 100)}'; it must be the name or the address that the request goes to, such as 127.0.0.1:4002`,
    );
  }
  const end = url.indexOf("?", start + 1);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

function isDecodable(path: string): boolean {
  if (!path.includes("%")) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
