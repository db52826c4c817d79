// A softphone that answers by itself: baresip, as a peer whose signalling is nobody's test script.

import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestDialer, placeCall, sipTrunk, testOrder } from "../support/sip-call.ts";
import { freshPort, tool, whenBound } from "../support/tools.ts";

function startBaresip(port: number) {
  const folder = mkdtempSync(join(tmpdir(), "baresip-"));
  writeFileSync(
    join(folder, "config"),
    `sip_listen 127.0.0.1:${port}
sip_trans_def udp
module_path /usr/lib/baresip/modules
module g711.so
module aubridge.so
module_app account.so
module_app menu.so
audio_player aubridge,nil
audio_source aubridge,nil
audio_alert aubridge,nil
rtp_ports 42000-42100
`,
  );
  writeFileSync(join(folder, "accounts"), `<sip:phone@127.0.0.1:${port}>;regint=0;answermode=auto\n`);
  writeFileSync(join(folder, "contacts"), "");
  return Bun.spawn([tool("baresip"), "-f", folder], { stdout: "ignore", stderr: "ignore", stdin: "ignore" });
}

test("baresip answers by itself, and our BYE ends it", async () => {
  const port = freshPort();
  const phone = startBaresip(port);
  await whenBound("udp", port);
  const peer = await openTestDialer();
  const trunk = sipTrunk({ port, rewriteTo: { pattern: "^.*$", replacement: "phone" } });
  const placed = placeCall(peer, testOrder(trunk), (event, call) => event === "answered" && setTimeout(() => call.hangUp("enough"), 300));
  const result = await placed.ended;
  phone.kill();
  expect(result).toMatchObject({ ending: "completed", reason: "enough", sipCode: 200 });
  expect(peer.media.sessions[0]?.remotes.at(-1)).toMatchObject({ codec: "PCMA", direction: "sendrecv", telephoneEvent: 101 });
  await peer.dialer.stop();
  await phone.exited;
}, 30_000);
