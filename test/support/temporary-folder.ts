// A folder for one test's data, or for a program that a test starts.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** New and empty; `remove` takes it and what is in it away. `what` is for whoever finds one that was left. */
export function temporaryFolder(what = "test"): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `outdial-${what}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
