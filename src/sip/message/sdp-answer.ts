// An answer to a description that may have more than one stream (RFC 3264 §6). Pure; call-media.ts answers re-INVITEs with it.

import { audioIndex, type LocalMedia, type PeerMedia, sectionsOf, writeSdp } from "./sdp.ts";

/**
 * Our answer to the offer whose text is `offered` and whose audio is `peer`: a line for each of its streams, in its order, since a
 * peer finds its own streams by their places. All but the audio are declined.
 */
export function answerSdp(local: LocalMedia, peer: PeerMedia, offered: string): string {
  const { streams } = sectionsOf(offered);
  const own = sectionsOf(writeSdp(local, peer));
  const audio = (own.streams[0] ?? []).filter((line) => line !== "");
  const chosen = audioIndex(streams);
  const answered = streams.flatMap(([line = ""], index) => (index === chosen ? audio : [declined(line)]));
  return `${[...own.session, ...answered].join("\r\n")}\r\n`;
}

/** A port of zero, with the kind, the profile and the formats of the offer. */
function declined(line: string): string {
  return line.replace(/^(m=\S+ +)\S+/, (_, kind: string) => `${kind}0`);
}
