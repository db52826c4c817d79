// Runs one sipp scenario as the carrier.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";
import { freshPort, tool, whenBound } from "./tools.ts";

export interface Sipp {
  port: number;
  /** Resolves with what went wrong, or undefined when every step of the scenario was met. */
  finished: Promise<string | undefined>;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
}

interface SippOptions {
  transport?: "udp" | "tcp";
  calls?: number;
  timeoutSeconds?: number;
  args?: readonly string[];
}

export async function startSipp(
  scenario: string,
  { transport = "udp", calls = 1, timeoutSeconds = 15, args = [] }: SippOptions = {},
): Promise<Sipp> {
  const folder = temporaryFolder("sipp");
  const port = freshPort();
  const file = resolve(import.meta.dir, `../sip/sipp/${scenario}.xml`);
  const child = Bun.spawn(
    [
      tool("sipp"),
      "-sf",
      file,
      "-i",
      "127.0.0.1",
      "-p",
      String(port),
      "-mi",
      "127.0.0.1",
      "-t",
      transport === "udp" ? "u1" : "t1",
      "-m",
      String(calls),
      "-nostdin",
      "-timeout",
      `${timeoutSeconds}s`,
      "-timeout_error",
      "-trace_err",
      ...args,
    ],
    { cwd: folder.path, stdout: "ignore", stderr: "pipe", stdin: "ignore" },
  );
  const died = child.exited.then(async (code) => {
    throw new Error(`sipp ended with ${code} before it listened: ${await new Response(child.stderr).text()}`);
  });
  await Promise.race([whenBound(transport, port), died]);
  died.catch(() => undefined);
  const finished = child.exited.then((code) => {
    const errors = readdirSync(folder.path)
      .filter((name) => name.endsWith("_errors.log"))
      .map((name) => readFileSync(join(folder.path, name), "utf8"));
    folder.remove();
    if (code === 0) return undefined;
    return `sipp ended with ${code}: ${errors.join("\n").slice(0, 2_000)}`;
  });
  return {
    port,
    finished,
    async kill() {
      child.kill();
      await finished;
    },
  };
}
