// A small client of the API, as anyone would write one: the demo talks to the appliance only through it.

/** Sends a request and gives the JSON of the answer; throws a sentence when the API refuses. */
export type ApiClient = <T>(method: string, path: string, body?: unknown) => Promise<T>;

const TIMEOUT_MS = 15_000;

/** Text is sent as CSV, everything else as JSON. */
export function createClient(baseUrl: string, key: string): ApiClient {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const isCsv = typeof body === "string";
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": isCsv ? "text/csv" : "application/json" },
      body: isCsv ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
}
