// The bots of examples/, each as a process of its own.

import { resolve } from "node:path";

export interface ExampleBot {
  url: string;
  /** Resolves when it is gone. */
  stop(): Promise<unknown>;
}

export const startEchoBot = () => startExample("echo-bot");

/** `wrapper`: a command that runs the one behind it, such as `taskset -c 1`. */
export async function startExample(
  name: "echo-bot" | "survey-bot",
  environment: Record<string, string> = {},
  wrapper: readonly string[] = [],
): Promise<ExampleBot> {
  const child = Bun.spawn([...wrapper, process.execPath, resolve(import.meta.dir, `../../../examples/${name}.ts`)], {
    env: { ...process.env, ...environment, PORT: "0" },
    stdout: "pipe",
    stderr: "inherit",
    stdin: "ignore",
  });
  const reader = child.stdout.getReader();
  let said = "";
  while (!said.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the bot ended with ${await child.exited} before it listened`);
    said += new TextDecoder().decode(value);
  }
  const url = /ws:\S+/.exec(said)?.[0];
  if (url === undefined) throw new Error(`the bot did not say where it listens: ${said}`);
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
