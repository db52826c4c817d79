// What talks on an answered call: the plan that travels with the order to the dialer and its media.

/** How the agent's bot is reached. `talkMs` of a simulated bot: how long it talks before it hangs up. */
export type BotConnection =
  | { type: "simulated"; talkMs?: number }
  | { type: "stream"; url: string }
  | { type: "twiml"; url: string }
  | { type: "sip"; uri: string; transport?: "udp" | "tcp" | "tls"; media?: "relay" | "direct" }
  | { type: "process"; command: string; args?: readonly string[] };

/** The bot of one call, and what it is told. */
export interface BotPlan {
  connection: BotConnection;
  /** Rendered: no tag is left in it. */
  systemPrompt: string;
  /** Rendered; empty when the bot waits for the person to speak first. */
  welcomeMessage: string;
  /** The lead's variables over the agent's defaults. */
  variables: Record<string, unknown>;
  /** Opens POST /api/calls/{id}/outcome of this call, once; absent where no API listens. */
  outcomeToken?: string;
}
