// What a key may do, by its role: a pure rule over method and path, asked before the body is read.

/** Each role may do what the ones before it may. */
export const roles = ["read", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** The rooms that change how the appliance itself works, or show its secrets. */
const adminPaths = [/^\/api\/keys(\/|$)/, /^\/api\/settings(\/|$)/, /^\/api\/agents\/[^/]+\/credentials(\/|$)/];
/** Rooms that anyone may read but only an admin may change. */
const adminWritePaths = [/^\/api\/trunks(\/|$)/, /^\/api\/phone-numbers(\/|$)/, /^\/api\/billing(\/|$)/];

/** The least role that may ask for `method path`. */
export function requiredRole(method: string, path: string): Role {
  if (adminPaths.some((pattern) => pattern.test(path))) return "admin";
  if (method === "GET" || method === "HEAD") return "read";
  return adminWritePaths.some((pattern) => pattern.test(path)) ? "admin" : "operator";
}

/** Whether the role is the required one or above it. */
export function mayAct(role: Role, required: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(required);
}
