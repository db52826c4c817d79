// A receiver to try webhooks with: checks both signatures, prints each event on a line, answers 204.
//
//   bun scripts/webhook-receiver.ts --port 9000 --secret whsec_… [--status 503]
//
// The server must be allowed to reach it: OUTDIAL_WEBHOOK_ALLOW=127.0.0.1:9000

import { parseArgs } from "node:util";
import { verifySimple, verifyStandard } from "../examples/verify-signature.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "9000" },
    secret: { type: "string" },
    /** What to answer to a genuine event; 503 shows how it is tried again. */
    status: { type: "string", default: "204" },
  },
});
const { secret } = values;
const seen = new Set<string>();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(values.port),
  async fetch(request) {
    const body = await request.text();
    const id = request.headers.get("webhook-id") ?? "";
    const genuine = secret === undefined ? undefined : check(secret, body, request.headers);
    console.log(JSON.stringify({ id, again: seen.has(id), genuine, event: readJson(body) }));
    seen.add(id);
    const isForged = genuine !== undefined && !genuine.simple && !genuine.standard;
    return new Response(null, { status: isForged ? 401 : Number(values.status) });
  },
});

/** While a secret is being replaced, `simple` already wants the new one; `standard` takes either. */
function check(key: string, body: string, headers: Headers): { simple: boolean; standard: boolean } {
  const standard = {
    id: headers.get("webhook-id"),
    timestamp: headers.get("webhook-timestamp"),
    signature: headers.get("webhook-signature"),
  };
  return { simple: verifySimple(key, body, headers.get("x-osmtalk-signature")), standard: verifyStandard(key, body, standard) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

console.error(`listening on ${server.url}${secret === undefined ? ", without --secret nothing is checked" : ""}`);
