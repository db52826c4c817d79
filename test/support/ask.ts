// Asking a running appliance over HTTP, in this process or in another. Each answer is held against its own description.

import type { OpenApiDocument } from "../../src/http/openapi/model.ts";
import { expectConforms } from "./conformance.ts";

/** An admin key that a test brings along, where it must be known before the first start. */
export const ADMIN_KEY = "an-admin-key-for-tests-only";

/** An object is sent as JSON, a text as it is. */
export type Ask = <T = unknown>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: T }>;

/** Asks with `key` unless the headers bring another. */
export function createAsk(url: string, key: string): Ask {
  let description: Promise<OpenApiDocument> | undefined;
  return async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...headers },
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
