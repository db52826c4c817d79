// Programs of this machine that talk on calls, as processes. Made by dialers.ts, used by process-dialer.ts.

/** One that runs. */
export interface ChildProcess {
  /** Resolves with how it ended, in words. */
  exited: Promise<string>;
  /** Whether it, or a child of its own, still runs. */
  isLeft(): boolean;
  /** Reaches its own children too; one that is gone already does no harm. */
  signal(name: "SIGTERM" | "SIGKILL"): void;
}

/** Starts programs and finds ports for them. */
export interface Spawner {
  /** Throws when the program cannot be started. What it prints goes to our standard error. */
  spawn(command: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess;
  /** One of the loopback that nobody listens on at the moment. */
  freePort(): number;
}

const STANDARD_ERROR = 2;

/** Whatever still runs when this process exits is killed. */
export function createSpawner(): Spawner {
  const running = new Set<ChildProcess>();
  let watching = false;
  return {
    spawn([program = "", ...args], env) {
      // In a session of its own, so that a signal of the terminal leaves conversations alone, and ours reaches all of it.
      const child = Bun.spawn([program, ...args], {
        env: { ...env },
        stdin: "ignore",
        stdout: STANDARD_ERROR,
        stderr: STANDARD_ERROR,
        detached: true,
      });
      const process: ChildProcess = {
        exited: child.exited.then(() => {
          running.delete(process);
          return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
        }),
        isLeft: () => signalGroup(child.pid, 0),
        signal: (name) => void signalGroup(child.pid, name),
      };
      running.add(process);
      if (!watching) globalThis.process.once("exit", () => running.forEach((left) => left.signal("SIGKILL")));
      watching = true;
      return process;
    },
    freePort() {
      const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
      listener.stop(true);
      return listener.port;
    },
  };
}

/** False when it is gone, with all of its children; 0 only asks. */
function signalGroup(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    return false;
  }
}
