// A command of the program, as main.ts and help.ts see it.

import type { Terminal } from "./terminal.ts";

export interface Command {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** Everything that `outdial NAME --help` says. */
  help(): string;
  /** `args` are the words after the command's name; resolves to the exit code. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** 0: done. 1: it could not be done. 2: it was asked for in a way that is not understood. */
export const ExitCode = { ok: 0, failed: 1, usage: 2 } as const;
