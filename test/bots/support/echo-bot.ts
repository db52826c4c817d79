// The echo bot of examples/, as a process of its own.

import { resolve } from "node:path";

/** `stop` resolves when it is gone. */
export async function startEchoBot(): Promise<{ url: string; stop(): Promise<unknown> }> {
  const child = Bun.spawn([process.execPath, resolve(import.meta.dir, "../../../examples/echo-bot.ts")], { env: { ...process.env, PORT: "0" }, stdout: "pipe", stderr: "inherit", stdin: "ignore" });
  const reader = child.stdout.getReader();
  let said = "";
  while (!said.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the echo bot ended with ${await child.exited} before it listened`);
    said += new TextDecoder().decode(value);
  }
  const url = /ws:\S+/.exec(said)?.[0];
  if (url === undefined) throw new Error(`the echo bot did not say where it listens: ${said}`);
  // Read on, or it would wait for us once the pipe is full.
  void (async () => {
    while (!(await reader.read()).done);
  })();
  return {
    url,
    stop() {
      child.kill();
      return child.exited;
    },
  };
}
