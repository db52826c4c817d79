// A relay in front of an appliance that gives every object of its JSON answers more fields, as a later release may.

export interface Relay {
  url: string;
  stop(): void;
}

export function startRelay(target: string): Relay {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body = request.method === "GET" ? undefined : await request.text();
      const answer = await fetch(`${target}${pathname}${search}`, { method: request.method, headers: request.headers, body });
      const text = await answer.text();
      const headers = { "content-type": answer.headers.get("content-type") ?? "", "x-new": "1" };
      return new Response(text === "" ? null : JSON.stringify(extended(JSON.parse(text))), { status: answer.status, headers });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => void server.stop(true) };
}

/** The same value, every object in it with fields of several kinds in front and behind. */
function extended(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(extended);
  if (typeof value !== "object" || value === null) return value;
  const known = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, extended(inner)]));
  return { aNewText: "x", ...known, aNewNumber: 7, aNewFlag: true };
}
