// A secret that belongs to this installation alone, made at its first start and never shown. What is derived from it
// (the one-time tokens of calls) needs no row of its own.

import { eq } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { settings } from "../database/tables.ts";
import { transact } from "../database/transaction.ts";
import type { Random } from "../runtime/random.ts";

const NAME = "installation_secret";
const SECRET_BYTES = 32;

/** The stored one; the first call stores it. */
export function ensureInstallationSecret(db: Db, random: Pick<Random, "bytes">): string {
  return transact(db, () => {
    const row = db.orm.select().from(settings).where(eq(settings.name, NAME)).get();
    if (row !== undefined) return JSON.parse(row.value) as string;
    const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
    db.orm
      .insert(settings)
      .values({ name: NAME, value: JSON.stringify(secret) })
      .run();
    return secret;
  });
}
