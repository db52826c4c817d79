// Run by sender.test.ts as a process of its own, because extra authorities are read at the start of one: posts to a
// receiver whose certificate is for receiver.test, under several names that all resolve to it.

import { systemClock } from "../../src/runtime/clock.ts";
import { createSender } from "../../src/webhooks/sender.ts";
import { createTargetGuard } from "../../src/webhooks/target-guard.ts";

const pem = (name: string) => Bun.file(new URL(`../support/tls/${name}.pem`, import.meta.url));
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  tls: { key: pem("key"), cert: pem("cert") },
  fetch: (request) => new Response((request.headers.get("host") ?? "").replace(/:\d+$/, "")),
});

const guard = createTargetGuard(["receiver.test", "other.test"], async () => ["127.0.0.1"], systemClock);
const sender = createSender({ guard, clock: systemClock, version: "0" });
for (const name of ["receiver.test", "receiver.test.", "other.test", "receiver.test"]) {
  console.log(
    JSON.stringify({ name, ...(await sender.send({ url: `https://${name}:${server.port}/`, id: "whd_1", body: "{}", secrets: [] })) }),
  );
}
await server.stop(true);
