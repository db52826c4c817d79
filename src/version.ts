// What this program calls itself: the build stamps its own version, in source it is that of package.json.

import { version as packageVersion } from "../package.json" with { type: "json" };

declare const OUTDIAL_VERSION: string | undefined;

/** `0.1.0`, or `0.1.0+3f2a1bc` with the commit it was built from. */
export const version: string = typeof OUTDIAL_VERSION === "string" ? OUTDIAL_VERSION : packageVersion;
