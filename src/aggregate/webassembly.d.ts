/** The part of the WebAssembly interface (W3C, JavaScript Interface 1.0) that is used here; Node's types leave it out. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(
      module: Module,
      imports: Readonly<Record<string, Readonly<Record<string, (...values: number[]) => void>>>>,
    );
    readonly exports: unknown;
  }
}
