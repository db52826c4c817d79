// A WebSocket to a bot, as Bun's client has it. Opened by stream-link.ts, which is given this function.

/** What happens to a socket: `closed` exactly once, whether it ever opened or not. */
export interface SocketEvents {
  opened(): void;
  message(text: string): void;
  /** The other side is there: it answered a ping. */
  alive(): void;
  /** `clean`: the bot closed the connection in peace. `why` is for the log. */
  closed(clean: boolean, why: string): void;
}

export interface BotSocket {
  /** Only after `opened`. */
  send(text: string): void;
  /** What was sent and has not left yet. */
  bufferedBytes(): number;
  ping(): void;
  /** Lets what was sent leave first. */
  close(): void;
  /** At once; also before it is open. */
  terminate(): void;
}

export type OpenSocket = (url: string, headers: Readonly<Record<string, string>>, events: SocketEvents) => BotSocket;

/** Closed without a reason, or because the conversation is over (RFC 6455 §7.4.1). Every other code is a fault. */
const PEACEFUL = [1_000, 1_005];

/** Without a subprotocol, which servers that expect Twilio refuse, and uncompressed: sound gains nothing from it. */
export const openBotSocket: OpenSocket = (url, headers, events) => {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  let problem = "";
  socket.addEventListener("open", () => events.opened());
  socket.addEventListener("message", ({ data }) => (typeof data === "string" ? events.message(data) : undefined));
  socket.addEventListener("pong", () => events.alive());
  socket.addEventListener("error", (event) => void (problem = "message" in event ? String(event.message) : ""));
  socket.addEventListener("close", ({ code, reason }) =>
    events.closed(PEACEFUL.includes(code), problem === "" ? `closed with ${code} ${reason}`.trim() : problem),
  );
  return {
    send: (text) => socket.send(text),
    bufferedBytes: () => socket.bufferedAmount,
    ping: () => socket.ping(),
    close: () => socket.close(1_000),
    terminate: () => socket.terminate(),
  };
};

/** The same, but what throws on an event is told to `failed`: left alone it would end the worker, and everybody's calls. */
export function guardedSocket(open: OpenSocket, failed: (error: unknown) => void): OpenSocket {
  const guard =
    <Told extends unknown[]>(tell: (...told: Told) => void) =>
    (...told: Told) => {
      try {
        tell(...told);
      } catch (error) {
        failed(error);
      }
    };
  return (url, headers, { opened, message, alive, closed }) =>
    open(url, headers, { opened: guard(opened), message: guard(message), alive: guard(alive), closed: guard(closed) });
}
