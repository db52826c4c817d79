// The compiled program as its users run it: started, asked over HTTP, killed.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { OpenApiDocument } from "../../src/http/openapi/model.ts";
import { expectConforms } from "./conformance.ts";

const BINARY = resolve(import.meta.dir, "../../dist/outdial");
export const ADMIN_KEY = "an-admin-key-for-tests-only";

/** A running `outdial serve`. */
export interface Served {
  url: string;
  /** Resolves with the exit code. */
  exited: Promise<number>;
  kill(signal: NodeJS.Signals): void;
  request<T = unknown>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; body: T }>;
}

/** A folder for one test's data, and how to be rid of it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "outdial-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts the program; `ready` resolves once it listens, or fails with what it said. It may be killed before that. */
export function spawnServe(folder: string, environment: Record<string, string> = {}) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there: run scripts/build first`);
  const child = Bun.spawn([BINARY, "serve", "--port", "0", "--data", folder, "--log", "warn"], {
    // Tests ask faster than any client may.
    env: { PATH: process.env.PATH ?? "", OUTDIAL_ADMIN_KEY: ADMIN_KEY, OUTDIAL_MAX_REQUESTS_PER_SECOND: "0", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const ready = async (): Promise<Served> => {
    const url = await readUrl(child.stdout);
    if (url === undefined) throw new Error(`outdial did not start (exit ${await child.exited}): ${await new Response(child.stderr).text()}`);
    return { url, exited: child.exited, kill: (signal) => child.kill(signal), request: requester(url) };
  };
  return { child, ready };
}

/** Asks a running appliance with the admin key, and checks each answer against the appliance's own description. */
export function requester(url: string): Served["request"] {
  let description: Promise<OpenApiDocument> | undefined;
  return async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text === "" ? undefined : (JSON.parse(text) as unknown);
    description ??= readDescription(url);
    expectConforms(await description, method, path, { status: response.status, body: json, headers: response.headers });
    return { status: response.status, body: json as T };
  };
}

const descriptions = new Map<string, OpenApiDocument>();

/** The same object for the same text, so that its schemas are compiled once. */
async function readDescription(url: string): Promise<OpenApiDocument> {
  const text = await (await fetch(`${url}/openapi.json`)).text();
  const document = descriptions.get(text) ?? (JSON.parse(text) as OpenApiDocument);
  descriptions.set(text, document);
  return document;
}

async function readUrl(stdout: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    const url = /listening on (http:\S+)/.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  return undefined;
}

/** Asks again, at most every 20 ms, until `done` says so; throws when `withinMs` have passed. */
export async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms; the last answer was ${JSON.stringify(answer)?.slice(0, 500)}`);
    await Bun.sleep(20);
  }
}
