// A softphone that answers by itself and sends back what it hears: baresip, whose signalling is nobody's test script.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tool } from "./tools.ts";

/** Listens on the UDP port; its user is `phone`. Resolve `whenBound` before it is called. */
export function startBaresip(port: number) {
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
