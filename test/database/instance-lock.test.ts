import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockInstance } from "../../src/database/instance-lock.ts";

async function withFolder(run: (folder: string) => Promise<void> | void) {
  const folder = mkdtempSync(join(tmpdir(), "outdial-lock-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A real second process that has the lock when this resolves. */
async function startHolder(folder: string) {
  const holder = Bun.spawn([process.execPath, "test/support/lock-holder.ts", folder], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  for await (const chunk of holder.stdout) if (new TextDecoder().decode(chunk).includes("held")) break;
  return holder;
}

describe("the lock of a data directory", () => {
  test("refuses a second process and names the first", () =>
    withFolder(async (folder) => {
      const holder = await startHolder(folder);
      expect(() => lockInstance(folder, "me")).toThrow(`the data directory ${folder} is in use by process ${holder.pid}`);
      holder.kill("SIGKILL");
      await holder.exited;
    }));

  test("falls free when its holder dies without a word", () =>
    withFolder(async (folder) => {
      const holder = await startHolder(folder);
      holder.kill("SIGKILL");
      await holder.exited;
      expect(() => lockInstance(folder, "me").release()).not.toThrow();
    }));

  test("falls free when it is released, and can be taken again", () =>
    withFolder((folder) => {
      lockInstance(folder, "first").release();
      lockInstance(folder, "second").release();
    }));
});
