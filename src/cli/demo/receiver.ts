// A receiver of webhooks on this machine: verifies both signatures of each delivery over the bytes that came,
// and remembers what it got. A CRM's receiver looks like this.

import { createHmac, timingSafeEqual } from "node:crypto";
import { type EpochMs, SECOND } from "../../runtime/clock.ts";

/** What came, each event once however often it was sent. */
export interface Received {
  /** Events by id of the lead they are about. */
  statusByLead: ReadonlyMap<string, string>;
  events: number;
  /** Deliveries of an event that had come before. */
  repeats: number;
  /** Deliveries with a signature that does not fit; they are answered 401 and counted nowhere else. */
  forged: number;
}

export interface Receiver {
  readonly url: string;
  /** `host:port`, for the list of addresses that webhooks may reach although private. */
  readonly address: string;
  received(): Received;
  close(): Promise<void>;
}

/** How far the sender's clock may be off (standardwebhooks.com). */
const TOLERANCE_SECONDS = 300;

/** Listens on a free port of the loopback interface. `secret` is `whsec_` and base64. */
export function startReceiver(secret: string, now: () => EpochMs): Receiver {
  const statusByLead = new Map<string, string>();
  const seen = new Set<string>();
  const counts = { events: 0, repeats: 0, forged: 0 };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const bytes = Buffer.from(await request.arrayBuffer());
      if (!isGenuine(request.headers, bytes, secret, now())) {
        counts.forged += 1;
        return new Response("the signature does not fit", { status: 401 });
      }
      const id = request.headers.get("webhook-id") ?? "";
      if (seen.has(id)) {
        counts.repeats += 1;
        return new Response(null, { status: 204 });
      }
      seen.add(id);
      counts.events += 1;
      const { lead } = JSON.parse(bytes.toString("utf8")) as { lead?: { id: string; status: string } };
      if (lead !== undefined) statusByLead.set(lead.id, lead.status);
      return new Response(null, { status: 204 });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/webhook`,
    address: `127.0.0.1:${server.port}`,
    received: () => ({ statusByLead, ...counts }),
    close: () => server.stop(true),
  };
}

/** Both signatures must fit: the timestamped one of Standard Webhooks, and the plain one over the body. */
export function isGenuine(headers: Headers, body: Buffer, secret: string, now: EpochMs): boolean {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  if (Math.abs(now / SECOND - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const standard = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const plain = createHmac("sha256", secret).update(body).digest("hex");
  const offered = (headers.get("webhook-signature") ?? "").split(" ");
  return (
    offered.some((signature) => isSame(signature, `v1,${standard}`)) && isSame(headers.get("x-osmtalk-signature") ?? "", `sha256=${plain}`)
  );
}

/** Takes the same time wherever the texts differ. */
function isSame(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}
