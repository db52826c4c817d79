// The signature by which bots written for Twilio know that a request is ours. Used by every file that speaks to such a bot.

/**
 * The header `X-Twilio-Signature` for exactly this URL: as the bot sees it, nothing added and nothing left out. A handshake of a
 * WebSocket has no `form`; of a POST it is what the body says, and its order does not matter.
 */
export function twilioSignature(authToken: string, url: string, form: Readonly<Record<string, string>> = {}): string {
  const fields = Object.keys(form)
    .sort()
    .map((name) => `${name}${form[name]}`);
  return new Bun.CryptoHasher("sha1", authToken).update(url + fields.join("")).digest("base64");
}
