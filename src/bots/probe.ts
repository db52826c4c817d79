// Whether one bot is there, found out as cheaply as its kind of connection allows: a connection to its host, a program that
// can be run, a recording that exists. Asked by reachability.ts; nothing is said to the bot.

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { BotConnection } from "../calls/bot.ts";
import { placeOf, type Probe } from "./reachability.ts";

interface ProbeDependencies {
  /** Whether the agent has this recording. */
  hasAudio: (agentId: string, audioId: string) => boolean;
  /** The full path of a program that can be run, looked for where the shell would; null when there is none. */
  findProgram: (command: string) => string | null;
  /** Asks a bot behind a SIP address. */
  askSip: (connection: Extract<BotConnection, { type: "sip" }>) => Promise<string | undefined>;
}

/** Of the system: real sockets, the machine's own resolver. */
export function createProbe({ hasAudio, findProgram, askSip }: ProbeDependencies): Probe {
  return async ({ agentId, connection }, signal) => {
    switch (connection.type) {
      case "simulated":
        return undefined;
      case "stream":
      case "twiml":
        return reach(new URL(connection.url), signal);
      case "sip":
        return askSip(connection);
      case "process":
        return findProgram(connection.command) === null ? `${placeOf(connection)} is not there, or may not be run` : undefined;
      case "announcement":
        return hasAudio(agentId, connection.audio) ? undefined : `the agent has no recording '${connection.audio}'`;
      default:
        return connection satisfies never;
    }
  };
}

/** Connects, with TLS where the URL asks for it and the certificate as strictly as a call would, and lets go. */
function reach(url: URL, signal: AbortSignal): Promise<string | undefined> {
  const isSecure = url.protocol === "wss:" || url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? defaultPort(isSecure) : Number(url.port);
  return new Promise((resolve) => {
    const socket: Socket = isSecure
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connectTcp({ host, port });
    const done = (problem: string | undefined) => {
      socket.destroy();
      resolve(problem);
    };
    signal.addEventListener("abort", () => done(`${url.host} did not answer`), { once: true });
    socket.once(isSecure ? "secureConnect" : "connect", () => done(undefined));
    socket.on("error", (error: Error & { code?: string }) => done(`${url.host} cannot be connected to: ${error.code ?? error.message}`));
  });
}

function defaultPort(isSecure: boolean): number {
  return isSecure ? 443 : 80;
}
