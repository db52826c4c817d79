// A softphone that answers by itself and sends back what it hears: baresip, whose signalling is nobody's test script.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";
import { tool } from "./tools.ts";

/** Listens on the UDP port; its user is `phone`. Resolve `whenBound` before it is called. `stop` resolves when it is gone. */
export function startBaresip(port: number): { stop(): Promise<void> } {
  const { path: folder, remove } = temporaryFolder("baresip");
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
  // Its audio library makes a folder of its own where it is not told of one.
  const child = Bun.spawn([tool("baresip"), "-f", folder], {
    stdout: "ignore",
    stderr: "ignore",
    stdin: "ignore",
    env: { ...process.env, PULSE_RUNTIME_PATH: folder },
  });
  return {
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      remove();
    },
  };
}
