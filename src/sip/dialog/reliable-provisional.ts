// Reliable provisional responses (RFC 3262): which of them need a PRACK, and which were seen before. Pure.

import { headerOf, type IncomingResponse, listOf } from "../message/message.ts";

/** The last RSeq of each early dialog, by remote tag. */
export type ReliableState = ReadonlyMap<string, number>;

export interface ReliableStep {
  state: ReliableState;
  /** The PRACK's RAck value; undefined when none is to be sent. */
  rack: string | undefined;
  /** A repeat, or out of order: the response is not to be acted upon (§4). */
  ignore: boolean;
}

/** To be asked of every provisional response, in the order of arrival. */
export function noteProvisional(state: ReliableState, response: IncomingResponse): ReliableStep {
  const isReliable = response.status > 100 && listOf(response, "Require").some((tag) => tag.toLowerCase() === "100rel");
  const text = headerOf(response, "RSeq") ?? "";
  if (!isReliable || !/^\d{1,10}$/.test(text)) return { state, rack: undefined, ignore: false };
  const tag = response.to.parameters.get("tag") ?? "";
  const sequence = Number(text);
  const last = state.get(tag);
  if (last !== undefined && sequence !== last + 1) return { state, rack: undefined, ignore: true };
  return { state: new Map(state).set(tag, sequence), rack: `${sequence} ${response.cseq.number} INVITE`, ignore: false };
}
