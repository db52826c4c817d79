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
  /** Closes both streams on this side. */
  stopReading(): Promise<void>;
  /** Sends the signal and waits; also gives what was written in the meantime. */
  end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<{ exitCode: number; out: string; err: string }>;
}

/** Starts `outdial serve` on a free port and waits for its banner; throws what it said when it ends instead. */
export async function serve(folder: string, options: RunOptions & { args?: readonly string[] } = {}): Promise<Serving> {
  const child = start(["serve", "--data", folder, "--port", "0", ...(options.args ?? [])], options);
  const err = follow(child.stderr);
  const out = follow(child.stdout);
  await Promise.race([out.until(/data directory: .*\n/), child.exited]);
  const banner = out.text();
  if (!banner.includes("data directory")) throw new Error(`serve ended with ${await child.exited}: ${banner}${await err.rest()}`);
  const url = /listening on (\S+)/.exec(banner)?.[1] ?? "";
  return {
    pid: child.pid,
    url,
    banner,
    adminKey: /admin key:\s+(\S+)/.exec(banner)?.[1] ?? "",
    get: (path, key) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } }),
    async stopReading() {
      await Promise.all([out.cancel(), err.cancel()]);
    },
    async end(signal) {
      child.kill(signal);
      return { exitCode: await child.exited, out: (await out.rest()).slice(banner.length), err: await err.rest() };
    },
  };
}

/** A stream read as it comes. */
function follow(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let found: () => void = () => undefined;
  let wanted = /^/;
  const ended = (async () => {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      text += decoder.decode(chunk.value, { stream: true });
      if (wanted.test(text)) found();
    }
  })();
  return {
    text: () => text,
    /** Resolves once the text matches. */
    until: (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        [wanted, found] = [pattern, resolve];
        if (pattern.test(text)) resolve();
      }),
    /** Everything, once the stream has ended. */
    rest: async () => (await ended, text),
    cancel: () => reader.cancel(),
  };
}
