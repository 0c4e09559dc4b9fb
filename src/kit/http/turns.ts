export interface Turn {
  /** Lets the next one go on. May be called twice, and before its turn has come. */
  end(): void;
}

/** At most `count` have a turn at a time, with a tool each that `make` makes once it is needed; the others wait in their order. */
export function createTurns<Tool>(count: number, make: () => Tool): { take(begin: (tool: Tool) => void): Turn } {
  const tools: Tool[] = [];
  let made = 0;
  const waiting = new Set<(tool: Tool) => void>();

  function next(): void {
    for (const begin of waiting) {
      if (tools.length === 0) {
        if (made === count) return;
        made++;
        tools.push(make());
      }
      waiting.delete(begin);
      begin(tools.pop()!);
    }
  }

  return {
    take(begin) {
      let held: Tool | undefined;
      const go = (tool: Tool) => {
        held = tool;
        begin(tool);
      };
      waiting.add(go);
      next();
      return {
        end() {
          waiting.delete(go);
          if (held === undefined) return;
          tools.push(held);
          held = undefined;
          next();
        },
      };
    },
  };
}
