// An API key as text: `odk_`, 32 random characters, and a checksum of 6. Pure; randomness comes in.
// The checksum tells a mistyped key from an unknown one, and lets secret scanners know one when they see it.

const PREFIX = "odk_";
const RANDOM_CHARS = 32;
const CHECKSUM_CHARS = 6;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The largest multiple of 62 in a byte: bytes from here on are drawn again, so that every character is as likely. */
const FAIR_BYTES = 248;

/** 190 random bits. */
export function newKey(bytes: (count: number) => Uint8Array): string {
  let text = "";
  while (text.length < RANDOM_CHARS) {
    for (const byte of bytes(RANDOM_CHARS)) {
      if (byte < FAIR_BYTES && text.length < RANDOM_CHARS) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return PREFIX + text + checksumOf(text);
}

const SHAPE = new RegExp(`^${PREFIX}([0-9A-Za-z]{${RANDOM_CHARS}})([0-9A-Za-z]{${CHECKSUM_CHARS}})$`);

/** Whether `text` has the shape of a key but not its checksum. */
export function isMistyped(text: string): boolean {
  const [, random, checksum] = SHAPE.exec(text) ?? [];
  return random !== undefined && checksum !== checksumOf(random);
}

/** CRC-32 in base 62. */
function checksumOf(text: string): string {
  let rest = Bun.hash.crc32(text);
  let digits = "";
  for (let place = 0; place < CHECKSUM_CHARS; place += 1, rest = Math.floor(rest / ALPHABET.length))
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
  return digits;
}

/** What is stored instead of the key: SHA-256, in hex. A key is random enough to need no salt and no slow hash. */
export function hashKey(key: string): string {
  return new Bun.CryptoHasher("sha256").update(key).digest("hex");
}

/** Enough of a key to recognise it in a list. */
export function hintOf(key: string): string {
  return key.slice(0, 8);
}
