// What a command sees of the outside: two streams, the environment, signals. Tests hand in their own.

export type Signal = "SIGINT" | "SIGTERM";

export interface Terminal {
  /** For people: what the command was asked for. */
  out(text: string): void;
  /** For what went wrong, and for the log. */
  err(text: string): void;
  /** Columns of the screen that `out` is, on which a line can be written over; undefined when it is no screen. */
  readonly columns: number | undefined;
  readonly environment: Record<string, string | undefined>;
  /** Resolves at the first signal to end; a second one ends the process at once with `exitCodeOf`. */
  untilSignal(): Promise<Signal>;
}

/** What a shell expects of a process that a signal ended: 128 and its number. */
export function exitCodeOf(signal: Signal): number {
  return signal === "SIGINT" ? 130 : 143;
}

const DEFAULT_COLUMNS = 80;

/** The terminal of this process; made once. A reader that goes away (`| head`) is no reason to stop calling. */
export function createProcessTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: process.stdout.isTTY ? (process.stdout.columns ?? DEFAULT_COLUMNS) : undefined,
    environment: process.env,
    untilSignal: () => new Promise((resolve) => onSignals(resolve)),
  };
}

function onSignals(first: (signal: Signal) => void): void {
  let signalled = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (signalled) process.exit(exitCodeOf(signal));
      signalled = true;
      first(signal);
    });
  }
}
