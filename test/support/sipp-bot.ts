// sipp as the engine of a bot behind SIP: rings, answers PCMU, and sends back every packet of audio that it gets.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";
import { freshPort, tool, whenBound } from "./tools.ts";

export interface SippBot {
  /** `sip:bot@…` */
  uri: string;
  /** The messages that it got and sent, as sipp wrote them down so far. */
  messages(): string;
  kill(): Promise<void>;
}

/** Its own scenario, which takes any number of calls. */
export async function startSippBot(): Promise<SippBot> {
  const folder = temporaryFolder("sipp-bot");
  const port = freshPort();
  const log = join(folder.path, "messages.log");
  const args = [
    "-sn",
    "uas",
    "-rtp_echo",
    "-i",
    "127.0.0.1",
    "-p",
    String(port),
    "-mi",
    "127.0.0.1",
    "-mp",
    String(freshPort() + 2),
    "-nostdin",
    "-timeout",
    "60s",
    "-trace_msg",
    "-message_file",
    log,
  ];
  freshPort();
  freshPort();
  const child = Bun.spawn([tool("sipp"), ...args], { cwd: folder.path, stdout: "ignore", stderr: "ignore", stdin: "ignore" });
  await whenBound("udp", port);
  return {
    uri: `sip:bot@127.0.0.1:${port}`,
    messages: () => readFileSync(log, "utf8"),
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
      folder.remove();
    },
  };
}
