// The answers given to keyed requests, in the database. Used by idempotency.ts; the rules are there.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";

/** A request by the API key that sent it and the name its client gave it. */
export interface RequestName {
  keyId: string;
  name: string;
}

/** `status` is null while the request is at work; `bodyHash` is null until its body has been read. */
export interface StoredRequest {
  target: string;
  bodyHash: string | null;
  status: number | null;
  contentType: string | null;
  answer: Uint8Array | null;
  createdAt: EpochMs;
}

/** One that came at `after` or earlier is as good as absent. */
export function findRequest(db: Db, { keyId, name }: RequestName, after: EpochMs): StoredRequest | undefined {
  const columns = "target, body_hash AS bodyHash, status, content_type AS contentType, answer, created_at AS createdAt";
  const found = db.sqlite
    .query<StoredRequest, [string, string, number]>(
      `SELECT ${columns} FROM idempotency WHERE key_id = ?1 AND name = ?2 AND created_at > ?3`,
    )
    .get(keyId, name, after);
  return found ?? undefined;
}

/** At work from now on; takes the place of an older one of the same name. */
export function insertRequest(
  db: Db,
  { keyId, name }: RequestName,
  request: Pick<StoredRequest, "target" | "bodyHash" | "createdAt">,
): void {
  const sql = "INSERT OR REPLACE INTO idempotency (key_id, name, target, body_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
  db.sqlite
    .query<never, [string, string, string, string | null, number]>(sql)
    .run(keyId, name, request.target, request.bodyHash, request.createdAt);
}

/** What was answered. */
export function storeAnswer(
  db: Db,
  { keyId, name }: RequestName,
  { bodyHash, status, contentType, answer }: Pick<StoredRequest, "bodyHash" | "status" | "contentType" | "answer">,
): void {
  const sql = "UPDATE idempotency SET body_hash = ?3, status = ?4, content_type = ?5, answer = ?6 WHERE key_id = ?1 AND name = ?2";
  db.sqlite
    .query<never, [string, string, string | null, number | null, string | null, Uint8Array | null]>(sql)
    .run(keyId, name, bodyHash, status, contentType, answer);
}

/** The name may be used for anything again. */
export function deleteRequest(db: Db, { keyId, name }: RequestName): void {
  db.sqlite.query<never, [string, string]>("DELETE FROM idempotency WHERE key_id = ?1 AND name = ?2").run(keyId, name);
}

/** Those that came at `until` or earlier, the oldest first, `most` at a time. */
export function deleteOldRequests(db: Db, until: EpochMs, most: number): void {
  const sql = "DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE created_at <= ?1 ORDER BY created_at LIMIT ?2)";
  db.sqlite.query<never, [number, number]>(sql).run(until, most);
}
