// A folder for one test's data.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** New and empty; `remove` takes it and what is in it away. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "outdial-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
