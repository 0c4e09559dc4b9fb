/** What one protocol does. */
export interface Repeater {
  packet(packet: Uint8Array): void;
  stop(): Promise<void>;
}

/** What became of packets, one for each target. */
export interface Outcome {
  sent(): void;
  dropped(packets: number): void;
  /** Called with every failure. */
  failed(address: string, message: string): void;
}
