// The first of several instants of which some are not known. Pure; used wherever the machine works out when to look again.

/** Undefined when none is known. */
export function earliest(instants: readonly (number | undefined)[]): number | undefined {
  return instants.reduce((best, at) => (best === undefined || (at !== undefined && at < best) ? at : best), undefined);
}
