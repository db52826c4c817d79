// API keys on the wire.

import { type Static, Type } from "typebox";
import { idOf } from "../http/identifiers.ts";
import { InstantInput, InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../http/instants.ts";
import { roles } from "../http/door/roles.ts";
import type { KeyRow } from "./store.ts";

const name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: "\\S",
  examples: ["our CRM"],
  errorMessage: "must be a text of 1 to 200 characters",
});
const role = Type.Enum([...roles], { examples: ["operator"], description: "each may do what the ones before it may" });

export const KeyRequest = Type.Object(
  { name, role, expiresAt: Type.Optional(Type.Union([InstantInput, Type.Null()])) },
  { additionalProperties: false, title: "NewKey" },
);
export type KeyRequest = Static<typeof KeyRequest>;

const shown = {
  id: idOf("key"),
  name,
  role,
  hint: Type.String({ description: "how the key begins", examples: ["odk_7Hq2"] }),
  createdAt: InstantJson,
  lastUsedAt: InstantOrNullJson,
  expiresAt: InstantOrNullJson,
  revokedAt: InstantOrNullJson,
};
export const KeyJson = Type.Object(shown, { title: "Key" });
export const NewKeyJson = Type.Object(
  { ...shown, key: Type.String({ description: "shown this once; only its hash is kept", examples: ["odk_7Hq2…"] }) },
  { title: "KeyShownOnce" },
);

/** Without the hash: it is of no use to anybody else. */
export function toKeyJson(row: KeyRow) {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    hint: row.hint,
    createdAt: toInstant(row.createdAt),
    lastUsedAt: toInstantOrNull(row.lastUsedAt),
    expiresAt: toInstantOrNull(row.expiresAt),
    revokedAt: toInstantOrNull(row.revokedAt),
  };
}
