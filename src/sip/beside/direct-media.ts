// Audio that flows between the person's end and the bot's without passing through here (RFC 3725): each is told the other's
// description, and told again when it changes. Two dialogs, no session of ours once they are joined.

import type { CallMedia, CallMediaParts } from "../call/call-media.ts";
import { textOf } from "../message/body.ts";
import { audioProblem, isSameAudio, isSamePlace, type Origin, passOn } from "./direct-sdp.ts";
import type { DirectLeg } from "../call/leg.ts";
import { parseSdp } from "../message/sdp.ts";
import { laidOut } from "../message/sdp-answer.ts";

/** What is asked of a line. */
interface DirectCall {
  /** A new offer inside the dialog; its answer, or undefined when it was refused. */
  offer(sdp: string, done: (answer: string | undefined) => void): void;
}

/** The two sides of one call. */
export interface DirectMedia {
  /** Its audio comes to us as ever, until `join`. */
  person: DirectLeg;
  /** Its offer is what the person's end has answered. */
  bot: DirectLeg;
  /** The bot has answered: the person's end is told where it is. `done` has the reason when that was refused. */
  join(calls: { person: DirectCall; bot: DirectCall }, done: (problem: string | undefined) => void): void;
}

type Name = "person" | "bot";

interface Side {
  origin: Origin;
  /** The far end's own description. */
  said: string | undefined;
  /** What it was told last. */
  told: string;
  /** Its last offer, whose streams lay out whatever it is told. */
  offered: string | undefined;
}

/** Each may change what it said, and be told what the other did: two that never agree must not go on for ever. */
const MOST_OFFERS = 50;

/** One a call. `secureOnly`: the trunk requires SRTP, which is the two ends' own matter now, but theirs to have. */
export function createDirectMedia({ secureOnly }: { secureOnly: boolean }): DirectMedia {
  const sides: Record<Name, Side> = { person: newSide(), bot: newSide() };
  const otherOf = { person: "bot", bot: "person" } as const;
  let calls: Record<Name, DirectCall> | undefined;
  let offers = 0;

  const tell = (name: Name, direction?: Parameters<typeof passOn>[2]): string => {
    const side = sides[name];
    side.origin = { ...side.origin, version: side.origin.version + 1 };
    side.told = passOn(sides[otherOf[name]].said ?? "", side.origin, direction);
    return laidOut(side.told, side.offered);
  };
  /** The far end described itself; the other is told when that is news. */
  const hear = (name: Name, sdp: string, isSame = isSameAudio): void => {
    const before = sides[name].said;
    sides[name].said = sdp;
    if (before === undefined || !isSame(before, sdp)) propose(otherOf[name]);
  };
  const propose = (name: Name, done: (problem: string | undefined) => void = () => undefined): void => {
    if (calls === undefined || (offers += 1) > MOST_OFFERS) return;
    calls[name].offer(tell(name), (answer) => {
      const problem = audioProblem(answer, secureOnly);
      if (problem === undefined && answer !== undefined) hear(name, answer, isSamePlace);
      done(problem);
    });
  };
  const joined = (name: Name): Pick<CallMedia, "description" | "renegotiate" | "lateAnswer"> => ({
    description: () => laidOut(sides[name].told, sides[name].offered),
    renegotiate(sdp) {
      if (sdp === undefined) return { sdp: tell(name) };
      const audio = parseSdp(sdp);
      if (audio === undefined) return { status: 488 };
      const isNews = !isSameAudio(sides[name].said ?? "", sdp);
      const { told, offered } = sides[name];
      const isSameLayout = laidOut(told, sdp) === laidOut(told, offered);
      sides[name].offered = sdp;
      hear(name, sdp);
      return { sdp: isNews || !isSameLayout ? tell(name, audio.direction) : laidOut(told, sdp) };
    },
    lateAnswer: (sdp) => (audioProblem(sdp, secureOnly) === undefined ? hear(name, sdp) : undefined),
  });
  return {
    person: {
      takesPort: true,
      media: (relay, parts) => personMedia(sides.person, relay, { parts, isJoined: () => calls !== undefined, joined: joined("person") }),
    },
    bot: {
      takesPort: false,
      media: (_relay, parts) => ({
        ...joined("bot"),
        ...botMedia(sides.bot, parts, joined("bot"), { offer: () => tell("bot"), problemOf: (sdp) => audioProblem(sdp, secureOnly) }),
      }),
    },
    join(both, done) {
      calls = both;
      propose("person", done);
    },
  };
}

function newSide(): Side {
  return { origin: { sessionId: 0, version: 0 }, said: undefined, told: "", offered: undefined };
}

/** Before it is joined, for which the person's end is asked first. */
function botMedia(
  side: Side,
  { sessionId }: CallMediaParts,
  joined: Joined,
  { offer, problemOf }: { offer: () => string; problemOf: (sdp: string | undefined) => string | undefined },
): Pick<CallMedia, "offer" | "early" | "answered" | "renegotiate" | "close"> {
  side.origin = { sessionId, version: 0 };
  return {
    offer,
    early: () => undefined,
    answered(response) {
      side.said = textOf(response);
      return problemOf(side.said);
    },
    // Our own offer has no answer before that.
    renegotiate: (sdp) => (side.said === undefined ? { status: 491 } : joined.renegotiate(sdp)),
    close: () => undefined,
  };
}

type Joined = Pick<CallMedia, "description" | "renegotiate" | "lateAnswer">;

function personMedia(
  side: Side,
  relay: CallMedia,
  { parts, isJoined, joined }: { parts: CallMediaParts; isJoined: () => boolean; joined: Joined },
): CallMedia {
  // Far above any version that the relay's own description had, which is of the same session.
  side.origin = { sessionId: parts.sessionId, version: 100 };
  const now = (): Joined => (isJoined() ? joined : relay);
  return {
    offer: relay.offer,
    early(response) {
      side.said = textOf(response) ?? side.said;
      relay.early(response);
    },
    answered(response) {
      side.said = textOf(response) ?? side.said;
      return relay.answered(response);
    },
    description: () => now().description(),
    renegotiate(sdp) {
      if (!isJoined()) side.said = sdp ?? side.said;
      return now().renegotiate(sdp);
    },
    lateAnswer: (sdp) => now().lateAnswer(sdp),
    close: relay.close,
  };
}
