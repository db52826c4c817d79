// The rows of the settings: a name and a text. For the files of this folder, each of which knows what its own rows hold.

import { eq } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { settings } from "../database/tables.ts";

/** Undefined when there is no such row. On the path of every call. */
export function readSetting(db: Db, name: string): string | undefined {
  return db.sqlite.query<{ value: string }, [string]>("SELECT value FROM settings WHERE name = ?1").get(name)?.value;
}

/** In the place of what was there. */
export function writeSetting(db: Db, name: string, value: string): void {
  db.orm.insert(settings).values({ name, value }).onConflictDoUpdate({ target: settings.name, set: { value } }).run();
}

/** Does nothing where there is none. */
export function deleteSetting(db: Db, name: string): void {
  db.orm.delete(settings).where(eq(settings.name, name)).run();
}
