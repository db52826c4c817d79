// Who is asking: the bearer key of the Authorization header, and nothing else, checked before the body is read.

import { AppError } from "../../errors.ts";
import { mayAct, requiredRole, type Role } from "./roles.ts";

/** The key behind a request. */
export interface Caller {
  keyId: string;
  role: Role;
}

/**
 * Looks a presented key up; undefined for missing, malformed, expired, revoked and unknown alike. Method and path are there
 * for tokens that open one route.
 */
export type FindCaller = (key: string, method: string, path: string) => Caller | undefined;

const OPEN_PATHS = new Set(["/api/health"]);

/** Whether a path is answered without a key. */
export function isOpen(path: string): boolean {
  return !path.startsWith("/api/") || OPEN_PATHS.has(path);
}

/** Throws 401 or 403; undefined for the open routes. */
export function authenticate(request: Request, path: string, findCaller: FindCaller): Caller | undefined {
  if (isOpen(path)) return undefined;
  const caller = findCaller(readBearer(request.headers.get("authorization")), request.method, path);
  if (caller === undefined) {
    throw new AppError("unauthorized", "the API key is missing or not valid; send it as 'Authorization: Bearer <key>'");
  }
  const required = requiredRole(request.method, path);
  if (!mayAct(caller.role, required)) {
    throw new AppError("forbidden", `this key has the role '${caller.role}'; ${request.method} ${path} needs '${required}'`);
  }
  return caller;
}

/** RFC 6750 §2.1, scheme in any case; an empty text when there is no bearer key. */
export function readBearer(header: string | null): string {
  return /^bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? "";
}
