// A softphone that answers by itself: baresip, as a peer whose signalling is nobody's test script.

import { expect, test } from "bun:test";
import { startBaresip } from "../support/baresip.ts";
import { openTestDialer, placeCall, sipTrunk, testOrder } from "../support/sip-call.ts";
import { freshPort, whenBound } from "../support/tools.ts";

test("baresip answers by itself, and our BYE ends it", async () => {
  const port = freshPort();
  const phone = startBaresip(port);
  await whenBound("udp", port);
  const peer = await openTestDialer();
  const trunk = sipTrunk({ port, rewriteTo: { pattern: "^.*$", replacement: "phone" } });
  const placed = placeCall(peer, testOrder(trunk), (event, call) => event === "answered" && setTimeout(() => call.hangUp("enough"), 300));
  const result = await placed.ended;
  await phone.stop();
  expect(result).toMatchObject({ ending: "completed", reason: "enough", sipCode: 200 });
  expect(peer.media.sessions[0]?.remotes.at(-1)).toMatchObject({ codec: "PCMA", direction: "sendrecv", telephoneEvent: 101 });
  await peer.dialer.stop();
}, 30_000);
