// What the rooms may ask of the machine that dials; app.ts hands it to their routes.

/** Every call returns at once; none throws for a fault of the network. */
export interface DialingControl {
  /** Something became due or free: look again. */
  nudge(): void;
  /** Ends the calls in progress that fit; `ringingOnly` spares those that were answered. */
  hangUp(filter: { campaignId?: string; phoneNumber?: string; ringingOnly?: boolean }): void;
  /** Why no call can leave through the trunk now, as a sentence; undefined when it can. */
  checkTrunk(trunkId: string): Promise<string | undefined>;
}
