// The executable as people run it: started in a folder of its own, watched by its two streams, ended by a signal.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const executable = resolve("dist/outdial");

/** A new empty folder that `afterAll(clean)` removes. */
export function createFolders() {
  const made: string[] = [];
  return {
    create() {
      const folder = mkdtempSync(join(tmpdir(), "outdial-binary-"));
      made.push(folder);
      return folder;
    },
    clean: () => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })),
  };
}

interface RunOptions {
  environment?: Record<string, string>;
  cwd?: string;
}

function start(args: readonly string[], { environment = {}, cwd = tmpdir() }: RunOptions) {
  if (!existsSync(executable)) throw new Error(`${executable} is not there: run scripts/build first`);
  return Bun.spawn([executable, ...args], { cwd, env: { PATH: process.env.PATH ?? "", ...environment }, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

/** Runs to its end. */
export async function run(args: readonly string[], options: RunOptions = {}) {
  const child = start(args, options);
  const [out, err, exitCode] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { out, err, exitCode };
}

/** An appliance that serves; `banner` is what it printed until it listened. */
export interface Serving {
  pid: number;
  url: string;
  banner: string;
  /** The key of the banner, or an empty text. */
  adminKey: string;
  get(path: string, key: string): Promise<Response>;
  /** Sends the signal and waits; also gives what was written in the meantime. */
  end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<{ exitCode: number; out: string; err: string }>;
}

/** Starts `outdial serve` on a free port and waits for its banner; throws what it said when it ends instead. */
export async function serve(folder: string, options: RunOptions & { args?: readonly string[] } = {}): Promise<Serving> {
  const child = start(["serve", "--data", folder, "--port", "0", ...(options.args ?? [])], options);
  const err = new Response(child.stderr).text();
  let out = "";
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  const read = async () => {
    const { done, value } = await reader.read();
    out += decoder.decode(value, { stream: !done });
    return !done;
  };
  while (!/data directory: .*\n/.test(out)) if (!(await read())) throw new Error(`serve ended with ${await child.exited}: ${out}${await err}`);
  const banner = out;
  const url = /listening on (\S+)/.exec(banner)?.[1] ?? "";
  return {
    pid: child.pid,
    url,
    banner,
    adminKey: /admin key:\s+(\S+)/.exec(banner)?.[1] ?? "",
    get: (path, key) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } }),
    async end(signal) {
      child.kill(signal);
      while (await read());
      return { exitCode: await child.exited, out: out.slice(banner.length), err: await err };
    },
  };
}
