// What a command sees of the outside: two streams, the environment, signals. Tests hand in their own.

export type Signal = "SIGINT" | "SIGTERM";

export interface Terminal {
  /** For people: what the command was asked for. */
  out(text: string): void;
  /** For what went wrong, and for the log. */
  err(text: string): void;
  /** Whether `out` is a screen on which a line can be written over. */
  readonly isScreen: boolean;
  readonly environment: Record<string, string | undefined>;
  /** Resolves at the first signal to end; a second one ends the process at once with `exitCodeOf`. */
  untilSignal(): Promise<Signal>;
}

/** What a shell expects of a process that a signal ended: 128 and its number. */
export function exitCodeOf(signal: Signal): number {
  return signal === "SIGINT" ? 130 : 143;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isScreen: process.stdout.isTTY === true,
  environment: process.env,
  untilSignal: () =>
    new Promise((resolve) => {
      let first = true;
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
          if (!first) process.exit(exitCodeOf(signal));
          first = false;
          resolve(signal);
        });
      }
    }),
};
