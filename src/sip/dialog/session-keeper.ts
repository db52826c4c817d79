// Keeps a conversation's session timer (RFC 4028): refreshes at half time when that is ours to do, and ends the call when
// the peer's refresh does not come.

import type { Cancel, Clock } from "../../runtime/clock.ts";
import type { DialogRequests } from "./dialog-requests.ts";
import type { Header, IncomingResponse } from "../message/message.ts";
import { mayUpdate, type Session, sessionDueMs, sessionOfAnswer } from "./session-timer.ts";

export interface SessionKeeperOptions {
  clock: Pick<Clock, "after">;
  requests: DialogRequests;
  /** Our present description, for a re-INVITE. */
  sdp: () => string;
  /** Seconds that we asked for; 0: no timer is kept. */
  asked: number;
  expired: () => void;
}

export interface SessionKeeper {
  /** The call was answered so. */
  begin(response: IncomingResponse, remoteTag: string): void;
  /** A request of ours that refreshes it by the way must say so; empty where no timer is kept. */
  headers(): Header[];
  /** What came back for such a request. */
  answered(response: IncomingResponse): void;
  /** The peer refreshed, and this holds from now on. */
  refreshed(session: Session | undefined): void;
  stop(): void;
}

/** Does nothing until `begin`. */
export function keepSession({ clock, requests, sdp, asked, expired }: SessionKeeperOptions): SessionKeeper {
  let cancel: Cancel = () => undefined;
  let tag = "";
  let byUpdate = false;
  let stopped = false;
  let current: Session | undefined;

  const schedule = (session: Session | undefined): void => {
    cancel();
    current = session;
    if (session === undefined || stopped) return;
    cancel = clock.after(sessionDueMs(session), () => (session.refresher === "us" ? refresh(session) : expired()));
  };

  const refresh = (session: Session): void => {
    const headers = headersOf(session);
    const done = (response: IncomingResponse | undefined): void => {
      if (stopped) return;
      // Gone, or deaf: the conversation is over (§7.4). Any other refusal leaves it to the next half time.
      if (response === undefined || response.status === 408 || response.status === 481) return expired();
      schedule(response.status < 300 ? (sessionOfAnswer(response) ?? session) : { seconds: session.seconds / 2, refresher: "us" });
    };
    requests.send({ method: byUpdate ? "UPDATE" : "INVITE", remoteTag: tag, headers, ...(byUpdate ? {} : { sdp: sdp() }), done });
  };

  return {
    begin(response, remoteTag) {
      tag = remoteTag;
      byUpdate = mayUpdate(response);
      if (asked > 0) schedule(sessionOfAnswer(response));
    },
    headers: () => (current === undefined ? [] : headersOf(current)),
    answered(response) {
      if (current !== undefined) schedule(sessionOfAnswer(response) ?? current);
    },
    refreshed: schedule,
    stop() {
      stopped = true;
      cancel();
    },
  };
}

function headersOf({ seconds }: Session): Header[] {
  return [
    ["Session-Expires", `${seconds};refresher=uac`],
    ["Min-SE", "90"],
  ];
}
