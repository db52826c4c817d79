// /api/keys: who may use the API. For admins.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { Db } from "../database/open.ts";
import { document } from "../http/document.ts";
import { readInstant } from "../http/instants.ts";
import { listOf, pagingFields, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import { KeyJson, KeyRequest, NewKeyJson, toKeyJson } from "./model.ts";
import { createKey, type KeyDependencies, removeKey } from "./service.ts";
import { countKeys, listKeys } from "./store.ts";

const tag = "Keys";
const paging = query(Type.Object(pagingFields, { additionalProperties: false }));

/** That a caller is an admin was checked before, by http/door/roles.ts. */
export function keyRoutes(deps: KeyDependencies & { db: Db }) {
  const { db } = deps;
  return new Elysia({ prefix: "/api/keys" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        return toList("keys", listKeys(db, page).map(toKeyJson), countKeys(db), page);
      },
      { query: paging, ...document({ summary: "List the keys, newest first", tag, answers: { 200: listOf("keys", KeyJson) } }) },
    )
    .post(
      "/",
      ({ body, set }) => {
        const expiresAt = typeof body.expiresAt === "string" ? readInstant("expiresAt", body.expiresAt) : undefined;
        const { key, row } = createKey(db, deps, { name: body.name, role: body.role, expiresAt });
        set.status = 201;
        return { ...toKeyJson(row), key };
      },
      { body: body(KeyRequest), ...document({ summary: "Create a key; it is shown this once", tag, answers: { 201: NewKeyJson } }) },
    )
    .delete(
      "/:id",
      ({ params, set }) => {
        removeKey(db, deps, params.id);
        set.status = 204;
      },
      document({ summary: "Revoke a key, from this moment on", tag, answers: { 204: null }, refusals: ["not_found", "wrong_state"] }),
    );
}
