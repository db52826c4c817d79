import { beforeEach, describe, expect, test } from "bun:test";
import { createKey, ensureAdminKey } from "../../src/keys/service.ts";
import { findKey, listKeys } from "../../src/keys/store.ts";
import { MINUTE } from "../../src/runtime/clock.ts";
import { createParts, type Parts } from "../support/world.ts";

let parts: Parts;
beforeEach(() => {
  parts = createParts();
});

const all = () => listKeys(parts.db, { limit: 100, offset: 0, after: undefined });

describe("finding who a key is", () => {
  test("gives the key's id and role", () => {
    const { key, row } = createKey(parts.db, parts, { name: "CRM", role: "operator" });
    expect(parts.findCaller(key)).toEqual({ keyId: row.id, role: "operator" });
  });

  test("keeps the key nowhere in the database", () => {
    const { key } = createKey(parts.db, parts, { name: "CRM", role: "operator" });
    expect(JSON.stringify(parts.db.sqlite.query("SELECT * FROM keys").all())).not.toContain(key.slice(8));
  });

  test("gives nobody for a key that is missing, malformed, unknown, revoked or expired", () => {
    const revoked = createKey(parts.db, parts, { name: "old", role: "admin" });
    parts.db.sqlite.query("UPDATE keys SET revoked_at = 1 WHERE id = ?1").run(revoked.row.id);
    const expiring = createKey(parts.db, parts, { name: "guest", role: "admin", expiresAt: parts.clock.now() + MINUTE });
    expect(parts.findCaller(expiring.key)?.role).toBe("admin");
    parts.clock.advance(MINUTE);
    for (const key of ["", "odk_", "x".repeat(5_000), `${expiring.key}0`, revoked.key, expiring.key])
      expect(parts.findCaller(key)).toBeUndefined();
  });

  test("notes the use at most once a minute", () => {
    const { key, row } = createKey(parts.db, parts, { name: "CRM", role: "read" });
    const lastUsed = () => findKey(parts.db, row.id)?.lastUsedAt ?? 0;
    const start = parts.clock.now();
    expect(findKey(parts.db, row.id)?.lastUsedAt).toBeNull();
    parts.findCaller(key);
    expect(lastUsed()).toBe(start);
    parts.clock.advance(MINUTE - 1);
    parts.findCaller(key);
    expect(lastUsed()).toBe(start);
    parts.clock.advance(1);
    parts.findCaller(key);
    expect(lastUsed()).toBe(start + MINUTE);
  });

  test("works while the store cannot write, and logs that the use was not noted", () => {
    const { key } = createKey(parts.db, parts, { name: "CRM", role: "read" });
    parts.db.sqlite.run("PRAGMA query_only = ON");
    expect(parts.findCaller(key)?.role).toBe("read");
    expect(parts.logged.join()).toContain("keys.use_not_noted");
  });
});

describe("the first admin key", () => {
  test("is made when there is none, and told once", () => {
    const key = ensureAdminKey(parts.db, parts, undefined);
    expect(parts.findCaller(key ?? "")?.role).toBe("admin");
    expect(ensureAdminKey(parts.db, parts, undefined)).toBeUndefined();
    expect(all()).toHaveLength(1);
  });

  test("is made again when the last one was revoked or has expired", () => {
    createKey(parts.db, parts, { name: "guest", role: "admin", expiresAt: parts.clock.now() + MINUTE });
    expect(ensureAdminKey(parts.db, parts, undefined)).toBeUndefined();
    parts.clock.advance(MINUTE);
    expect(ensureAdminKey(parts.db, parts, undefined)).toBeString();
  });

  test("is not an operator's or a reader's", () => {
    createKey(parts.db, parts, { name: "CRM", role: "operator" });
    expect(ensureAdminKey(parts.db, parts, undefined)).toBeString();
  });

  test("is the one that the operator chose, under the name environment", () => {
    expect(ensureAdminKey(parts.db, parts, "a-key-that-I-made-up!")).toBeUndefined();
    expect(parts.findCaller("a-key-that-I-made-up!")?.role).toBe("admin");
    ensureAdminKey(parts.db, parts, "a-key-that-I-made-up!");
    expect(all().map((row) => row.name)).toEqual(["environment"]);
  });

  test("when another is chosen, the one chosen before is revoked and the others stay", () => {
    const other = createKey(parts.db, parts, { name: "CRM", role: "admin" });
    ensureAdminKey(parts.db, parts, "a-key-that-I-made-up!");
    ensureAdminKey(parts.db, parts, "another-one-of-my-own");
    expect(parts.findCaller("a-key-that-I-made-up!")).toBeUndefined();
    expect(parts.findCaller("another-one-of-my-own")?.role).toBe("admin");
    expect(parts.findCaller(other.key)?.role).toBe("admin");
    ensureAdminKey(parts.db, parts, "a-key-that-I-made-up!");
    expect(parts.findCaller("a-key-that-I-made-up!")?.role).toBe("admin");
    expect(parts.findCaller("another-one-of-my-own")).toBeUndefined();
  });

  test("is refused when it is one of ours, mistyped", () => {
    const { key } = createKey(parts.db, parts, { name: "CRM", role: "admin" });
    const typo = key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
    expect(() => ensureAdminKey(parts.db, parts, typo)).toThrow("is mistyped");
  });
});
