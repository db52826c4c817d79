// What answers to OPTIONS, and their absence, say of a trunk. Pure; keep-alive.ts and a trunk's test ask it.

import type { IncomingResponse } from "../message/message.ts";

export interface AliveState {
  /** Some trunks never answer OPTIONS: only one that did can be missed. */
  everAnswered: boolean;
  missed: number;
}

export const unknownAlive: AliveState = { everAnswered: false, missed: 0 };
/** Misses in a row after which a trunk that used to answer counts as gone. */
const MOST_MISSED = 2;

/** Any answer is a sign of life, a refusal too; but 503 says that it takes no calls now. */
export function noteAlive(state: AliveState, status: number | undefined): AliveState {
  return status === undefined || status === 503 ? { ...state, missed: state.missed + 1 } : { everAnswered: true, missed: 0 };
}

/** Whether a trunk that used to answer has stopped. */
export function isGone({ everAnswered, missed }: AliveState): boolean {
  return everAnswered && missed >= MOST_MISSED;
}

/** What an answer to OPTIONS says of a bot behind a SIP address: any but "not now" shows that somebody is there. */
export function absenceProblem(response: IncomingResponse | undefined, place: string): string | undefined {
  if (response === undefined) return `${place} did not answer OPTIONS`;
  return response.status === 503 ? `${place} answered OPTIONS with ${response.status} ${response.reason}`.trim() : undefined;
}

/** What an answer to OPTIONS says to the person who set the trunk up; undefined when calls may go out. */
export function optionsProblem(response: IncomingResponse | undefined, place: string): string | undefined {
  if (response === undefined) return `${place} did not answer OPTIONS; check host, port and transport, and that it allows this address`;
  const said = `${place} answered OPTIONS with ${response.status} ${response.reason}`.trim();
  if (response.status === 401 || response.status === 407) return `${said}: username and password are missing or wrong`;
  if (response.status === 403) return `${said}: it does not allow this account or this address`;
  if (response.status === 503) return `${said}: it takes no calls now`;
  // 404, 405, 501 and their like: it is there, and knows no OPTIONS.
  return undefined;
}
