// How the client asks: the key in its header, an Idempotency-Key on every POST, one patient repetition when it asked too fast.

import type { Refusal } from "./objects.ts";

export interface ClientOptions {
  apiKey: string;
  baseUrl?: string;
}

/** What a request brings: an object is JSON, a text a CSV. */
export interface Content {
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  csv?: string;
}

/** Resolves with the parsed body, undefined when there is none; throws an ApiError for every refusal. */
export type Send = <T>(method: string, path: string, content?: Content) => Promise<T>;

/** A refusal, in the words of the appliance. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: Refusal;

  constructor(status: number, body: Refusal) {
    super(body.error);
    this.name = "ApiError";
    this.status = status;
    this.code = body.code;
    this.body = body;
  }
}

const MOST_TRIES = 5;

export function createTransport({ apiKey, baseUrl = "http://127.0.0.1:4002" }: ClientOptions): Send {
  return async <T>(method: string, path: string, { query = {}, json, csv }: Content = {}) => {
    const url = new URL(`/api${path}`, baseUrl);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { authorization: `Bearer ${apiKey}` };
    if (method === "POST") headers["idempotency-key"] = crypto.randomUUID();
    if (json !== undefined) headers["content-type"] = "application/json";
    if (csv !== undefined) headers["content-type"] = "text/csv";
    const body = json === undefined ? csv : JSON.stringify(json);
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(url, { method, headers, body });
      if (response.status === 429 && tries < MOST_TRIES) {
        await response.body?.cancel();
        await pause(1_000 * Number(response.headers.get("retry-after") ?? 1));
        continue;
      }
      const text = await response.text();
      const answer = text === "" ? undefined : (JSON.parse(text) as unknown);
      if (!response.ok) throw new ApiError(response.status, answer as Refusal);
      return answer as T;
    }
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
