// The executable as people run it: started in a folder of its own, watched by its two streams, ended by a signal.

import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { ADMIN_KEY, type Ask, createAsk } from "./ask.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const executable = resolve(import.meta.dir, "../../dist/outdial");
/** For tests that ask faster than a client may, and know the key before the first start. */
export const forTests = { OUTDIAL_ADMIN_KEY: ADMIN_KEY, OUTDIAL_MAX_REQUESTS_PER_SECOND: "0" };

interface RunOptions {
  environment?: Record<string, string>;
  cwd?: string;
}

/** A program that runs on. */
export interface Watched {
  pid: number;
  /** What it has written so far. */
  text(): string;
  /** Resolves with all it has written once that matches, or when it ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Closes both streams on this side. */
  stopReading(): Promise<void>;
  kill(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void;
  /** Resolves with the exit code. */
  exited: Promise<number>;
  /** Sends the signal and waits; also gives everything that was written. */
  end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<{ exitCode: number; out: string; err: string }>;
}

/** An appliance that serves; `banner` is what it printed until it listened. */
export interface Serving extends Watched {
  url: string;
  banner: string;
  /** The key of the banner, or an empty text. */
  adminKey: string;
  /** With the key of the environment, or that of the banner. */
  request: Ask;
  get(path: string, key: string): Promise<Response>;
}

/** Folders and processes of one test file; `afterAll(sandbox.clean)` leaves nothing of either. */
export function createSandbox() {
  const folders: { remove(): void }[] = [];
  const children: Bun.Subprocess[] = [];

  const start = (args: readonly string[], { environment = {}, cwd = tmpdir() }: RunOptions) => {
    if (!existsSync(executable)) throw new Error(`${executable} is not there: run scripts/build first`);
    const child = Bun.spawn([executable, ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? "", ...environment },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    children.push(child);
    return child;
  };

  return {
    /** A new empty folder. */
    folder(): string {
      const folder = temporaryFolder();
      folders.push(folder);
      return folder.path;
    },
    /** Runs to its end. */
    async run(args: readonly string[], options: RunOptions = {}) {
      const child = start(args, options);
      const [out, err, exitCode] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
      return { out, err, exitCode };
    },
    watch: (args: readonly string[], options: RunOptions = {}) => watch(start(args, options)),
    /** Starts `outdial serve` on a free port and waits for its banner; throws what it said when it ends instead. */
    async serve(folder: string, { args = [], ...options }: RunOptions & { args?: readonly string[] } = {}): Promise<Serving> {
      const watched = watch(start(["serve", "--data", folder, "--port", "0", ...args], options));
      const banner = await watched.until(/data directory: .*\n/);
      if (!banner.includes("data directory")) throw new Error(`serve did not start: ${JSON.stringify(await watched.end("SIGTERM"))}`);
      const url = /listening on (\S+)/.exec(banner)?.[1] ?? "";
      const adminKey = /admin key:\s+(\S+)/.exec(banner)?.[1] ?? "";
      return {
        ...watched,
        url,
        banner,
        adminKey,
        request: createAsk(url, options.environment?.OUTDIAL_ADMIN_KEY ?? adminKey),
        get: (path, key) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } }),
      };
    },
    clean() {
      children.forEach((child) => child.kill("SIGKILL"));
      folders.forEach((folder) => folder.remove());
    },
  };
}

function watch(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Watched {
  const [out, err] = [follow(child.stdout), follow(child.stderr)];
  return {
    pid: child.pid,
    text: out.text,
    until: async (pattern) => {
      await Promise.race([out.until(pattern), child.exited]);
      return out.text();
    },
    async stopReading() {
      await Promise.all([out.cancel(), err.cancel()]);
    },
    kill: (signal) => child.kill(signal),
    exited: child.exited,
    async end(signal) {
      child.kill(signal);
      return { exitCode: await child.exited, out: await out.rest(), err: await err.rest() };
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
