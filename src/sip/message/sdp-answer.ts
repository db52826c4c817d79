// One audio stream beside streams that are not wanted (RFC 3264 §6, §8): how a description of ours is laid out once the peer has
// offered more than audio. Pure; call-media.ts and direct-media.ts write with it.

import { audioIndex, sectionsOf } from "./sdp.ts";

/**
 * `own`, whose only stream is audio, with a line for each stream of `offered`, in its order, since a peer finds its own streams by
 * their places: all but the audio are declined. The same layout holds for offers of ours from then on. Undefined: nothing was offered.
 */
export function laidOut(own: string, offered: string | undefined): string {
  const streams = offered === undefined ? [] : sectionsOf(offered).streams;
  if (streams.length < 2) return own;
  const ours = sectionsOf(own);
  const audio = (ours.streams[0] ?? []).filter((line) => line !== "");
  const chosen = audioIndex(streams);
  const lines = streams.flatMap(([line = ""], index) => (index === chosen ? audio : [declined(line)]));
  return `${[...ours.session, ...lines].join("\r\n")}\r\n`;
}

/** A port of zero, with the kind, the profile and the formats of the offer. */
function declined(line: string): string {
  return line.replace(/^(m=\S+ +)\S+/, (_, kind: string) => `${kind}0`);
}
